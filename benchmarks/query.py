"""What asking a network about a large pool costs: time for each image, memory of all processes, and asking again.

    python benchmarks/query.py --json benchmarks/results/query.json [--images 1000,3000,10000 --size 256 --keep FOLDER]

Makes an installation in a temporary folder with so many images of 512 x 512 (about 300 MB, deleted afterwards) and a
committee that was never trained, which looks just as long. Each query is the worker's own job in a process of its own;
what it says is forgotten before each size, and asked for once more after it.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from memory import watched

MEMBERS = 4
SIDE = 512
LIMIT_MB = 2048


def main() -> None:
    arguments = parse()
    if arguments.step:
        sys.exit(inside(arguments))
    with tempfile.TemporaryDirectory(prefix="winnow-query-") as temporary:
        folder = arguments.keep or Path(temporary)
        environment = {**os.environ, "WINNOW_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "winnow.server.settings"}
        environment |= {"OMP_NUM_THREADS": "1", "WINNOW_LOG_LEVEL": "ERROR"}
        report = measure(folder, environment, arguments)
    arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument(
        "--images", type=lambda text: [int(part) for part in text.split(",")], default=[1000, 3000, 10000]
    )
    parser.add_argument("--size", type=int, default=256, help="as the networks see the images")
    parser.add_argument("--keep", type=Path, help="make the installation here and leave it")
    parser.add_argument("--step", choices=["fill", "query"], help="what the processes of this benchmark do")
    parser.add_argument("--count", type=int, default=0)
    return parser.parse_args()


def measure(folder: Path, environment: dict[str, str], arguments: argparse.Namespace) -> dict[str, Any]:
    """Every number of images: forgotten, asked, asked again."""
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=environment, check=True)
    step = [sys.executable, __file__, "--json", "-", "--size", str(arguments.size), "--step"]
    filled, _ = watched([*step, "fill", "--count", str(max(arguments.images))], environment=environment)
    rows = []
    for count in arguments.images:
        shutil.rmtree(folder / "looks", ignore_errors=True)
        first, peak = watched([*step, "query", "--count", str(count)], environment=environment)
        again, _ = watched([*step, "query", "--count", str(count)], environment=environment)
        row = {"images": count, "seconds": first["seconds"], "ms_per_image": round(first["seconds"] / count * 1000, 2)}
        row |= {"peak": peak, "again_seconds": again["seconds"], "same_picks": first["picks"] == again["picks"]}
        rows.append(row | {"kept_mb": first["kept_mb"]})
        print(rows[-1], file=sys.stderr, flush=True)
    machine = {"cores": len(os.sched_getaffinity(0)), "processor": platform.machine(), "device": filled.pop("device")}
    flat = rows[-1]["ms_per_image"] / rows[0]["ms_per_image"]
    return {
        **machine,
        **filled,
        "rows": rows,
        "cost_of_last_over_first": round(flat, 3),
        "below_2_GiB": max(row["peak"]["rss_mb"] for row in rows) < LIMIT_MB,
    }


def inside(arguments: argparse.Namespace) -> int:
    """A step in a process of its own; prints its result as JSON."""
    import django  # noqa: PLC0415

    django.setup()
    result = fill(arguments.count, arguments.size) if arguments.step == "fill" else query(arguments.count)
    print(json.dumps(result))
    return 0


def fill(count: int, size: int) -> dict[str, Any]:
    """A project with images and a network."""
    from winnow.segmentation.checkpoint import dump_committee  # noqa: PLC0415
    from winnow.segmentation.devices import best_device  # noqa: PLC0415
    from winnow.segmentation.networks import NetworkConfig, build  # noqa: PLC0415
    from winnow.server import storage  # noqa: PLC0415
    from winnow.server.models import Image, Network, Project  # noqa: PLC0415

    labels = [{"value": value, "name": str(value), "colour": "#15aabf", "code": ""} for value in (1, 2, 3)]
    project = Project.objects.create(name="query", labels=labels)
    config = NetworkConfig(classes=4)
    weights = dump_committee(
        [build(config).state_dict() for _ in range(MEMBERS)],
        network=config,
        config={"classes": [1, 2, 3], "size": size},
    )
    known = {"config": {}, "metrics": {}, "code_version": "", "data_fingerprint": "", "train_seconds": 0.0, "seed": 0}
    project.network = Network.objects.create(
        project=project, number=1, weights=storage.blobs.put(weights), members=MEMBERS, labels=0, **known
    )
    project.save()
    rows, stored = [], 0
    for number in range(count):
        digest, length = store(storage.blobs.path, picture(number))
        stored += length
        plain = {"height": SIDE, "width": SIDE, "dtype": "uint8", "window": [127.5, 255.0], "patient": str(number)}
        rows.append(Image(project=project, name=f"{number}.png", pixels=digest, fingerprint=f"{number:064x}", **plain))
    Image.objects.bulk_create(rows, batch_size=500)
    about = {"network": config.name, "members": MEMBERS, "size": size, "side": SIDE, "stored_mb": stored >> 20}
    return about | {"device": str(best_device())}


def picture(number: int) -> np.ndarray[Any, Any]:
    """Soft blobs in a few grey levels with a little noise: an image that gzip makes about 30 kB of."""
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 8, (9, 9))
    rows = np.linspace(0, 7.999, SIDE)
    index, rest = rows.astype(int), rows % 1
    smooth = coarse[index] * (1 - rest)[:, None] + coarse[index + 1] * rest[:, None]
    smooth = smooth[:, index] * (1 - rest) + smooth[:, index + 1] * rest
    noise = np.kron(rng.integers(0, 4, (SIDE // 16, SIDE // 16)), np.ones((16, 16)))
    return (smooth.round() * 30 + noise).astype(np.uint8)


def store(path_of: Any, pixels: np.ndarray[Any, Any]) -> tuple[str, int]:
    """As ``storage.put_array``, without waiting for the disk each time."""
    data = gzip.compress(pixels.tobytes(), compresslevel=1, mtime=0)
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return digest, len(data)


def query(count: int) -> dict[str, Any]:
    """One job over the first ``count`` images, which are put back afterwards."""
    from winnow.server import storage  # noqa: PLC0415
    from winnow.server.models import Image, Job, Pick, Project, Round  # noqa: PLC0415
    from winnow.server.worker import query as worker  # noqa: PLC0415
    from winnow.server.worker.context import JobContext  # noqa: PLC0415

    project = Project.objects.get()
    chosen = list(project.images.order_by("id").values_list("id", flat=True)[:count])
    project.images.update(state=Image.State.SKIPPED)
    project.images.filter(id__lte=chosen[-1]).update(state=Image.State.UNLABELLED)
    job = Job.objects.create(project=project, kind="query", payload={}, state="running", attempt=1)
    began = time.perf_counter()
    worker.run(JobContext(job))
    seconds = time.perf_counter() - began
    picks = list(Pick.objects.order_by("rank").values_list("image__name", flat=True))
    kept = sum(file.stat().st_size for folder in storage.all_looks() for file in folder.iterdir())
    Round.objects.all().delete()
    return {"seconds": round(seconds, 2), "picks": picks, "kept_mb": round(kept / (1 << 20), 1)}


if __name__ == "__main__":
    main()
