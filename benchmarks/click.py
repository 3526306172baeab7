"""How good the region is that click-to-segment proposes after 1, 2 and 3 clicks, and how long a proposal takes.

    nice python benchmarks/click.py --json benchmarks/results/click.json [--images 40] [--first 900000] [--data FOLDER]

Runs the page's own code (frontend/src/viewer/core/propose.ts, bundled by rolldown) in node on invented chest slices of 512 x 512
pixels (winnow.imaging.phantom) and aims at every lesion of 100 pixels and more. The clicks are a robot's: the first lies deepest
inside the lesion, each further one deepest inside the largest error, whichever side it is on. Without a network only the edges
are there. The network is a simulated one: the truth displaced, its border made uncertain over some pixels, wobbling, and
three lesions in ten much too weak to be in its mask. With ``--data`` the images and masks of a labelled folder (images/*.png,
masks/*.png) are used instead.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from winnow.imaging.phantom import phantom_slice, smooth_noise
from winnow.imaging.window import apply_window

ROOT = Path(__file__).parents[1]
SIZE = 512
SMALLEST = 100
CLICKS = 3
Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


class Segmenter:
    """The page's code in a node process."""

    def __init__(self, folder: Path) -> None:
        bundle = folder / "propose.mjs"
        source = ROOT / "frontend" / "src" / "viewer" / "core" / "propose.ts"
        rolldown = ROOT / "frontend" / "node_modules" / ".bin" / "rolldown"
        command = [rolldown, source, "--file", bundle, "--format", "esm"]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT / "frontend")
        runner = ["node", Path(__file__).with_name("click_runner.mjs"), bundle]
        self.process = subprocess.Popen(runner, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(
        self, grey: Floats, prior: Floats | None, seeds: list[tuple[tuple[int, int], bool]]
    ) -> tuple[Bools, float]:
        """The proposed region and its milliseconds. seeds: ((row, column), inside) each."""
        height, width = grey.shape
        task = {
            "width": width,
            "height": height,
            "grey": _text(grey),
            "prior": None if prior is None else _text(prior),
            "strokes": [
                {"points": [{"x": column + 0.5, "y": row + 0.5}], "inside": inside} for (row, column), inside in seeds
            ],
        }
        answers: IO[str] = self.process.stdout  # type: ignore[assignment]
        print(json.dumps(task), file=self.process.stdin, flush=True)
        answer = json.loads(answers.readline())
        inside = np.frombuffer(base64.b64decode(answer["inside"]), np.uint8).reshape(height, width)
        return inside.astype(bool), float(answer["ms"])

    def close(self) -> None:
        """End the process."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.process.wait()


def _text(array: Floats) -> str:
    return base64.b64encode(np.rint(array * 255).astype(np.uint8).tobytes()).decode()


def invented(images: int, first: int) -> Iterator[tuple[Floats, NDArray[np.uint8]]]:
    """Slices as the page shows them (0..1) with their true masks."""
    for number in range(first, first + images):
        hu, mask = phantom_slice(rng=np.random.default_rng(number), size=SIZE)
        yield apply_window(hu, centre=-600, width=1500).astype(np.float32) / 255, mask


def labelled(folder: Path) -> Iterator[tuple[Floats, NDArray[np.uint8]]]:
    """The images of a folder and the masks of the same names."""
    for path in sorted((folder / "images").glob("*.png")):
        grey = np.asarray(Image.open(path).convert("L"), np.float32) / 255
        yield grey, np.asarray(Image.open(folder / "masks" / path.name))


def lesions(mask: NDArray[np.uint8]) -> Iterator[Bools]:
    """Each connected region of a class."""
    for value in np.unique(mask[mask > 0]):
        regions, count = ndimage.label(mask == value, np.ones((3, 3)))
        for number in range(1, count + 1):
            if (regions == number).sum() >= SMALLEST:
                yield regions == number


def simulated(wanted: Bools, same: Bools, rng: np.random.Generator) -> Floats:
    """What a middling network might believe of one class. wanted: the lesion aimed at; same: all of its class."""
    radius = np.sqrt(wanted.sum() / np.pi)
    inside = ndimage.distance_transform_edt(same) - ndimage.distance_transform_edt(~same)
    moved = ndimage.shift(inside, rng.normal(0, 0.1 * radius, 2), order=1, mode="nearest")
    wobble = smooth_noise(rng, max(same.shape), 8.0)[: same.shape[0], : same.shape[1]]
    odds = np.clip(moved / (0.15 * radius), -4, 3) + 1.5 * wobble / max(float(np.std(wobble)), 1e-6) - 0.5
    if rng.random() < 0.3:
        odds -= 2.5
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def deepest(region: Bools) -> tuple[int, int]:
    """Where a person would click: the place farthest from the border."""
    depth = ndimage.distance_transform_edt(np.pad(region, 1))[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), region.shape)
    return int(row), int(column)


def correction(proposed: Bools, wanted: Bools) -> tuple[tuple[int, int], bool]:
    """A click into the largest error."""
    regions, count = ndimage.label(proposed ^ wanted)
    sizes = ndimage.sum_labels(np.ones_like(regions), regions, range(1, count + 1))
    place = deepest(regions == int(np.argmax(sizes)) + 1)
    return place, bool(wanted[place])


def dice(a: Bools, b: Bools) -> float:
    """2 |a and b| / (|a| + |b|)."""
    return float(2 * (a & b).sum() / max(1, a.sum() + b.sum()))


def clicked(segmenter: Segmenter, grey: Floats, prior: Floats | None, wanted: Bools) -> list[tuple[float, float]]:
    """(Dice, milliseconds) after each click; clicking stops where nothing is wrong any more."""
    seeds = [(deepest(wanted), True)]
    said: list[tuple[float, float]] = []
    for _ in range(CLICKS):
        proposed, ms = segmenter(grey, prior, seeds)
        said.append((dice(proposed, wanted), ms))
        if (proposed != wanted).any():
            seeds.append(correction(proposed, wanted))
    return said


def summary(rows: list[list[tuple[float, float]]], before: list[float] | None) -> dict[str, Any]:
    """Dice after each click, and times over all of them."""
    values = np.array(rows)
    times = values[..., 1].ravel()
    entry: dict[str, Any] = {"lesions": len(rows)}
    if before is not None:
        entry["network_dice"] = round(float(np.mean(before)), 3)
    for click in range(CLICKS):
        entry[f"dice_{click + 1}"] = round(float(values[:, click, 0].mean()), 3)
        entry[f"good_{click + 1}"] = round(float((values[:, click, 0] >= 0.8).mean()), 3)
    return entry | {"ms_median": round(float(np.median(times)), 1), "ms_p95": round(float(np.percentile(times, 95)), 1)}


def main() -> None:
    """Measure, print, and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--first", type=int, default=900000)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    cases = labelled(options.data) if options.data else invented(options.images, options.first)
    edges, network, before = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        segmenter = Segmenter(Path(folder))
        for number, (grey, mask) in enumerate(cases):
            if options.data and number >= options.images:
                break
            rng = np.random.default_rng(options.first + number)
            for wanted in lesions(mask):
                prior = simulated(wanted, mask == mask[wanted][0], rng)
                edges.append(clicked(segmenter, grey, None, wanted))
                network.append(clicked(segmenter, grey, prior, wanted))
                near = ndimage.binary_dilation(wanted, iterations=20)
                before.append(dice((prior > 0.5) & near, wanted))
        segmenter.close()
    report = {
        "size": SIZE if not options.data else None,
        "images": options.images,
        "first": options.first,
        "edges_alone": summary(edges, None),
        "with_simulated_network": summary(network, before),
    }
    print(json.dumps(report, indent=1))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
