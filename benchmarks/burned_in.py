"""How much of the text that is burned into pixels is found, and how often anatomy is taken for text.

    nice python benchmarks/burned_in.py --json benchmarks/results/burned_in.json [--images 200] [--first 900000]

Invented names, numbers and dates are drawn over invented chest slices (winnow.imaging.phantom), by the random number of
each image: font, size, place, polarity and depth. A word counts as removed when 90 % of its ink lies in the boxes that
``find_text`` names, and is only asked for where it can be seen: its ink and what is around it differ by 50 of 255 grey
levels in the window shown. Every image is searched without its text too: each box then is a false alarm, and so is each
box of an image with text that touches none. The detector was tuned on images numbered below 10,000.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from winnow.imaging.burned_in import Box, find_text
from winnow.imaging.phantom import phantom_slice
from winnow.imaging.picture import Picture
from winnow.imaging.window import apply_window

SIZE = 512
FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/truetype/liberation")
NAMES = ("DejaVuSans", "DejaVuSansMono", "DejaVuSerif", "LiberationSans-Regular", "LiberationMono-Bold")
HEIGHTS = (9, 10, 11, 12, 14, 16, 20, 28, 40)
PLACES = ("top left", "top right", "bottom left", "bottom right", "over the body")
POLARITIES = ("white", "grey", "black", "white in a black box")
FAMILIES = [
    "MUELLER",
    "GARCIA",
    "OKONKWO",
    "JOHANSSON",
    "ROSSI",
    "Novak",
    "WANG",
    "Lindqvist",
    "DUBOIS",
    "Haddad",
    "Tanaka",
    "SILVA",
]
GIVEN = ["ANNA", "Peter", "LEI", "JOSE", "Maria", "INGRID", "Omar", "YUKI", "Carlos", "EVA"]
HOSPITALS = ("St. Mary Hospital", "Klinikum Nord", "General Hospital", "UNIV HOSP")


@dataclass(frozen=True)
class Case:
    """A picture with text and without, where the ink of each visible word and of all text is, and how it was drawn."""

    picture: Picture
    bare: Picture
    words: list[NDArray[np.bool_]]
    ink: NDArray[np.bool_]
    drawn: dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--first", type=int, default=900_000)
    arguments = parser.parse_args()
    fonts = [str(path) for folder in FOLDERS for name in NAMES if (path := Path(folder) / f"{name}.ttf").exists()]
    tally = Tally()
    for number in range(arguments.first, arguments.first + arguments.images):
        tally.add(draw(number, fonts))
    report = {"first": arguments.first, "fonts": [Path(font).stem for font in fonts] or ["Pillow"], **tally.report()}
    arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


class Tally:
    """What was found, counted by how it was drawn."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        self.images = self.alarms = self.alarmed = self.beside = 0
        self.blanked = 0.0
        self.wall = self.cpu = 0.0

    def add(self, case: Case) -> None:
        wall, cpu = time.perf_counter(), sum(os.times()[:4])
        boxes, false = find_text(case.picture), find_text(case.bare)
        self.wall += (time.perf_counter() - wall) / 2
        self.cpu += (sum(os.times()[:4]) - cpu) / 2
        self.images += 1
        self.alarms, self.alarmed = self.alarms + len(false), self.alarmed + bool(false)
        self.blanked += float(covered(false).mean())
        self.beside += sum(not case.ink[box.top : box.bottom, box.left : box.right].any() for box in boxes)
        blanked = covered(boxes)
        for word in case.words:
            hit = blanked[word].mean() >= 0.9
            for key, value in {"all": "words", **case.drawn}.items():
                self.found[key][str(value)][0] += int(hit)
                self.found[key][str(value)][1] += 1

    def report(self) -> dict[str, Any]:
        return {
            "images": self.images,
            "words_removed": {
                key: {
                    value: {"removed": hits, "of": count, "share": round(hits / count, 4)}
                    for value, (hits, count) in sorted(by.items())
                }
                for key, by in self.found.items()
            },
            "without_text": {
                "images_with_a_box": self.alarmed,
                "boxes": self.alarms,
                "share_of_pixels": round(self.blanked / self.images, 6),
            },
            "boxes_beside_the_text": self.beside,
            "seconds_an_image": {"wall": round(self.wall / self.images, 3), "cpu": round(self.cpu / self.images, 3)},
            "cores": os.cpu_count(),
        }


def covered(boxes: list[Box]) -> NDArray[np.bool_]:
    mask = np.zeros((SIZE, SIZE), np.bool_)
    for box in boxes:
        mask[box.top : box.bottom, box.left : box.right] = True
    return mask


def draw(number: int, fonts: list[str]) -> Case:
    """The image of this number."""
    rng = np.random.default_rng(number)
    hu, _ = phantom_slice(rng=rng, size=SIZE)
    window = (-500.0, 1500.0) if rng.random() < 0.5 else (40.0, 400.0)
    drawn = {
        "height": int(rng.choice(HEIGHTS)),
        "place": str(rng.choice(PLACES)),
        "polarity": str(rng.choice(POLARITIES)),
        "bits": int(rng.choice((8, 16))),
    }
    height = drawn["height"]
    font = ImageFont.truetype(str(rng.choice(fonts)), height) if fonts else ImageFont.load_default(height)
    texts = [text for text in written(rng) if font.getlength(text) < SIZE - 16][: max(1, 200 // height)]
    inks = list(words_at(rng, texts, font, drawn["place"], height))
    bare = shown(hu, window, drawn["bits"])
    strength = np.clip(sum(ink for _, ink in inks), 0, 1)
    pixels = bare.pixels.astype(np.float64)
    low, high = (0, 255) if drawn["bits"] == 8 else (int(pixels.min()), int(pixels.max()))
    if drawn["polarity"].endswith("box"):
        rows, columns = np.nonzero(strength)
        pixels[max(0, rows.min() - 3) : rows.max() + 4, max(0, columns.min() - 3) : columns.max() + 4] = low
    grey = {"grey": rng.uniform(0.65, 0.9), "black": 0.0}.get(drawn["polarity"], 1.0)
    pixels = pixels * (1 - strength) + (low + grey * (high - low)) * strength
    picture = Picture(np.round(pixels).astype(bare.pixels.dtype), bare.window)
    words = [ink > 0.25 for long, ink in inks if long and visible(picture, ink > 0.25)]
    return Case(picture, bare, words, strength > 0, drawn)


def shown(hu: NDArray[np.int16], window: tuple[float, float], bits: int) -> Picture:
    """The slice as HU, or as the 8 bits that are left of it where somebody made a picture of it."""
    if bits == 16:
        return Picture(hu, window)
    return Picture(apply_window(hu, centre=window[0], width=window[1]), (128.0, 256.0))


def written(rng: np.random.Generator) -> list[str]:
    """One to five lines as machines write them, with nobody's data."""
    day = f"{rng.integers(1, 29):02d}/{rng.integers(1, 13):02d}/{rng.integers(1930, 2021)}"
    lines = (
        f"{rng.choice(FAMILIES)}^{rng.choice(GIVEN)}", f"{rng.choice(FAMILIES)}, {rng.choice(GIVEN)}",
        f"ID:{rng.integers(10**5, 10**8)}", f"DOB:{day}", day, f"Dr. {rng.choice(FAMILIES)}",
        f"Acc {rng.integers(10**6, 10**8)}", f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}:{rng.integers(0, 60):02d}",
        str(rng.choice(HOSPITALS)), f"{rng.choice(['Male', 'Female'])} {rng.integers(18, 95)}Y",
    )  # fmt: skip
    return [str(line) for line in rng.choice(lines, rng.integers(1, 6), replace=False)]


def words_at(
    rng: np.random.Generator, texts: list[str], font: Any, place: str, height: int
) -> Iterator[tuple[bool, NDArray[np.float64]]]:
    """Of each word whether it has the three signs that a name, a number or a date has, and its ink (H, W), 0 to 1."""
    step = int(height * 1.25)
    top = 6 if place.startswith("top") else SIZE - 6 - step * len(texts)
    left = 6
    if place == "over the body":
        top, left = int(rng.integers(110, 400 - step * len(texts))), int(rng.integers(60, 200))
    for row, text in enumerate(texts):
        x = SIZE - 6 - font.getlength(text) if place.endswith("right") else left
        for word in text.split(" "):
            canvas = Image.new("L", (SIZE, SIZE), 0)
            ImageDraw.Draw(canvas).text((x, top + row * step), word, font=font, fill=255)
            x += font.getlength(word + " ")
            yield len(word) >= 3, np.array(canvas) / 255


def visible(picture: Picture, ink: NDArray[np.bool_]) -> bool:
    grey = apply_window(picture.pixels, centre=picture.window[0], width=picture.window[1]).astype(float)
    rows, columns = np.nonzero(ink)
    if len(rows) == 0:
        return False
    cut = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
    around = ~ink[cut]
    return bool(around.any() and abs(np.median(grey[cut][ink[cut]]) - np.median(grey[cut][around])) >= 50)


if __name__ == "__main__":
    main()
