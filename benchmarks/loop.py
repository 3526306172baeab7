"""The whole loop over HTTP on a labelled folder: its masks stand in for the doctor.

    python benchmarks/loop.py --data FOLDER [--json OUT] [--rounds 3] [--k 8] …

FOLDER holds images/NAME and masks/NAME (or masks/NAME.png) of class indices. Uploads the images as one ZIP; each
round asks for picks, hands in their masks and trains; then labels the rest automatically and exports. Fails unless the
exported masks of the hand-labelled images equal what was handed in. Without --url it runs an installation of its own
in a temporary folder.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from client import Client, installation
from PIL import Image

COLOURS = ("#e64980", "#15aabf", "#fab005", "#40c057", "#7950f2", "#fd7e14")


class Clock:
    """Seconds of each stage, in order."""

    def __init__(self) -> None:
        self.stages: list[dict[str, Any]] = []

    @contextlib.contextmanager
    def stage(self, name: str, **detail: Any) -> Iterator[dict[str, Any]]:
        start = time.monotonic()
        yield detail
        self.stages.append({"stage": name, "seconds": round(time.monotonic() - start, 2), **detail})
        print(f"{name:<14}{self.stages[-1]['seconds']:8.1f} s  {detail or ''}", flush=True)


class Doctor:
    """Knows the true mask of every image, and remembers what was handed in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.handed_in: dict[str, np.ndarray] = {}

    def mask(self, name: str) -> np.ndarray:
        path = self.folder / "masks" / name
        with Image.open(path if path.exists() else path.with_name(f"{name}.png")) as image:
            return np.array(image, np.uint8)

    def classes(self, names: list[str]) -> list[int]:
        return sorted({int(value) for name in names for value in np.unique(self.mask(name))} - {0})

    def label(self, client: Client, image: dict[str, Any]) -> None:
        buffer = io.BytesIO()
        mask = self.mask(image["name"])
        Image.fromarray(mask).save(buffer, "PNG")
        path = f"/images/{image['id']}"
        client.call("PUT", f"{path}/mask", buffer.getvalue(), Content_Type="image/png", If_Match=str(image["version"]))
        client.call("POST", f"{path}/submit")
        self.handed_in[image["name"]] = mask


def run(client: Client, options: argparse.Namespace) -> dict[str, Any]:
    """All stages once; answers the report."""
    names = sorted(path.name for path in (options.data / "images").iterdir())
    doctor, clock = Doctor(options.data), Clock()
    classes = doctor.classes(names)
    labels = [{"value": c, "name": f"class {c}", "colour": COLOURS[i % len(COLOURS)]} for i, c in enumerate(classes)]
    chosen = {name: getattr(options, name) for name in ("strategy", "K", "k", "members", "size", "epochs", "seed")}
    name = f"benchmark {time.strftime('%Y-%m-%d %H:%M:%S')}"
    project = client.json("POST", "/projects", {"name": name, "labels": labels, "settings": chosen})["id"]
    with clock.stage("upload", images=len(names)) as detail:
        job = client.upload(project, "images.zip", pack(options.data / "images", names))
        detail.update(client.finished(job)["result"])
    assert detail["images"] + detail["duplicates"] == len(names), detail
    rounds = [one_round(client, project, doctor, clock) for _ in range(options.rounds)]
    with clock.stage("autoannotate") as detail:
        job = client.finished(client.json("POST", f"/projects/{project}/autoannotate", {}))
        detail["images"] = job["result"]["images"]
        assert job["result"]["failed"] == [], job["result"]
    with clock.stage("export"):
        job = client.finished(client.json("POST", f"/projects/{project}/exports", {"format": "png"}))
    with clock.stage("download") as detail:
        package = client.call("GET", f"/exports/{job['result']['export']}/download")
        detail["bytes"] = len(package)
    return {
        "dataset": options.data.resolve().name,
        "images": len(names),
        "settings": chosen | {"rounds": options.rounds},
        "rounds": rounds,
        "automatic": check(package, doctor, classes),
        "stages": clock.stages,
        "seconds": round(sum(stage["seconds"] for stage in clock.stages), 1),
    }


def pack(folder: Path, names: list[str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.write(folder / name, name)
    return buffer.getvalue()


def one_round(client: Client, project: int, doctor: Doctor, clock: Clock) -> dict[str, Any]:
    """Query, draw what is asked for, train."""
    with clock.stage("query") as detail:
        job = client.finished(client.json("POST", f"/projects/{project}/rounds", {}))
        turn = client.json("GET", f"/projects/{project}/rounds/{job['result']['round']}")
        detail["strategy"] = turn["strategy"]
    picks = [pick["name"] for pick in turn["picks"]]
    with clock.stage("annotate", images=len(picks)):
        while image := client.json("POST", f"/projects/{project}/next"):
            doctor.label(client, image)
    assert set(picks) <= set(doctor.handed_in), "the picks were not handed out"
    with clock.stage("train", labels=len(doctor.handed_in)) as detail:
        job = client.finished(client.json("POST", f"/projects/{project}/train", {}))
        network = next(n for n in client.listed(f"/projects/{project}/networks") if n["id"] == job["result"]["network"])
        detail["mean_iou"] = network["metrics"]["mean_iou"]
    return {"strategy": turn["strategy"], "picks": picks, "labels": network["labels"], "metrics": network["metrics"]}


def check(package: bytes, doctor: Doctor, classes: list[int]) -> dict[str, Any]:
    """Hand-labelled masks must be what was handed in; the automatic ones are measured, pixels pooled over images."""
    overlap, union = dict.fromkeys(classes, 0), dict.fromkeys(classes, 0)
    by_hand = unseen = 0
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for entry in json.loads(archive.read("manifest.json"))["images"]:
            with Image.open(io.BytesIO(archive.read(entry["mask"]))) as image:
                mask = np.array(image)
            if entry["source"] == "person":
                assert mask.tobytes() == doctor.handed_in[entry["name"]].tobytes(), f"{entry['name']} was changed"
                by_hand += 1
                continue
            truth = doctor.mask(entry["name"])
            unseen += 1
            for c in classes:
                overlap[c] += int(((mask == c) & (truth == c)).sum())
                union[c] += int(((mask == c) | (truth == c)).sum())
    assert by_hand == len(doctor.handed_in), f"{by_hand} of {len(doctor.handed_in)} hand-labelled masks were exported"
    iou = {str(c): round(overlap[c] / union[c], 4) if union[c] else None for c in classes}
    known = [value for value in iou.values() if value is not None]
    mean = round(float(np.mean(known)), 4) if known else None
    print(f"{by_hand} masks drawn by hand exported as they were; mean IoU of {unseen} automatic ones {mean} {iou}")
    return {"images": unseen, "mean_iou": mean, "iou": iou, "by_hand": by_hand, "by_hand_equal": True}


def source() -> dict[str, Any]:
    """What a number needs to be made again; nothing that tells whose machine it was."""
    here = Path(__file__).parent
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, text=True, check=False
    )
    command = [Path(word).name if os.sep in word else word for word in sys.argv]
    return {
        "command": "python benchmarks/" + " ".join(command),
        "code_version": version("winnow"),
        "commit": commit.stdout.strip() or None,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "torch": version("torch"),
        "at": time.strftime("%Y-%m-%d"),
    }


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with images/ and masks/")
    parser.add_argument("--json", type=Path, help="where to write the report")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--strategy", default="suggestive")
    parser.add_argument("--K", type=int, default=16)
    parser.add_argument("--k", type=int, default=8)
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--url", help="a running installation; with --token")
    parser.add_argument("--token")
    return parser.parse_args()


def main() -> None:
    given = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))  # so that the installation ends too
    with tempfile.TemporaryDirectory(prefix="winnow-loop-") as folder, contextlib.ExitStack() as stack:
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        own = None if given.url else stack.enter_context(installation(data_dir))
        report = source() | run(own or Client(given.url, given.token or ""), given)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
