"""How fast an upload becomes usable images: a ZIP of CT slices through one worker on one core, and where the time goes.

    nice python benchmarks/ingest.py --json benchmarks/results/ingest.json [--files 1000] [--size 512]

The slices are generated: some phantoms, each written many times with other pixels, UIDs and positions. The job runs in
this process on an empty installation in a temporary folder, without the search for text in the pixels. Counted is
processor time (all threads, the kernel's share included), which a busy machine does not distort as it does the wall
clock's; both are reported. Parts overlap where one lies in another (indented).
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

FAMILY = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--size", type=int, default=512)
    arguments = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "slices.zip"
        making = multiprocessing.Process(
            target=write_slices, args=(package,), kwargs={"files": arguments.files, "size": arguments.size}
        )
        making.start()  # in a process of its own: its memory is not the ingest's
        making.join()
        os.environ["WINNOW_DATA_DIR"] = f"{folder}/data"
        os.environ["DJANGO_SETTINGS_MODULE"] = "winnow.server.settings"
        report = measure(package, files=arguments.files)
    report |= {"size": arguments.size, "cores": os.cpu_count()}
    arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


def write_slices(package: Path, *, files: int, size: int) -> None:
    """A ZIP of slices of invented patients, every one with pixels of its own."""
    from winnow.dicom.phantom import phantom_files

    originals = [data for _, data, _ in phantom_files(patients=1, slices=FAMILY, size=size)]
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(files):
            dataset = pydicom.dcmread(io.BytesIO(originals[number % FAMILY]))
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{number + 1}"
            dataset.ImagePositionPatient = [0, 0, number * 1.25]
            pixels = dataset.pixel_array + rng.integers(0, 3, dataset.pixel_array.shape, dtype=np.uint16)
            dataset.PixelData = pixels.astype(dataset.pixel_array.dtype).tobytes()
            buffer = io.BytesIO()
            dataset.save_as(buffer, enforce_file_format=True)
            archive.writestr(f"NOVA_ADA/IM{number:04d}", buffer.getvalue())


def measure(package: Path, *, files: int) -> dict[str, Any]:
    """Takes the package in and says how long it took."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from winnow.server import storage
    from winnow.server.models import Image, Job, Project
    from winnow.server.worker import context, ingest

    project = Project.objects.create(name="bench", labels=[], settings={"burned_in": "off"})
    incoming = storage.incoming("bench")
    shutil.copy(package, incoming / "0")
    (incoming / "names.json").write_text('["slices.zip"]')
    job = Job.objects.create(project=project, kind="ingest", state="running", payload={"incoming": "bench"})
    seconds = watch_parts()
    before, cpu, wall = memory(), time.process_time(), time.perf_counter()
    ingest.run(context.JobContext(job))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert Image.objects.count() == files, Job.objects.get().result
    parts = {label: round(1000 * spent / files, 2) for label, spent in seconds.items()}
    parts["everything else"] = round(1000 * (cpu - sum(s for l, s in seconds.items() if l[0] != " ")) / files, 2)  # noqa: E741
    return {
        "files": files,
        "bytes": package.stat().st_size,
        "files_per_core_second": round(files / cpu, 1),
        "cpu_s": round(cpu, 1),
        "wall_s": round(wall, 1),
        "ms_per_file": parts,
        "peak_mb": memory(),
        "peak_mb_before": before,
    }


def watch_parts() -> dict[str, float]:
    """Seconds of processor time by part of the ingest, filled in while it runs."""
    from winnow.server import storage
    from winnow.server.worker import admit, ingest, reading

    seconds: dict[str, float] = defaultdict(float)
    for where, name, label in (
        (ingest, "_look_for_names", "look for names (first pass)"),
        (reading, "read_deidentified", "read, decode and de-identify"),
        (ingest, "stored", "store"),
        (admit, "look", "  of it the perceptual hash"),
        (admit, "fingerprint", "  of it the pixel hash"),
        (storage, "put_array", "  of it packing and writing pixels"),
        (ingest, "admit", "rows of images"),
        (ingest, "order_series", "order the series"),
    ):
        setattr(where, name, timed(getattr(where, name), seconds, label))
    return seconds


def timed(function: Callable[..., Any], seconds: dict[str, float], label: str) -> Callable[..., Any]:
    def call(*positional: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            return function(*positional, **named)
        finally:
            seconds[label] += time.process_time() - start

    return call


def memory() -> int:
    """The most that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


if __name__ == "__main__":
    main()
