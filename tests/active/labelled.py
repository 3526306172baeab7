"""A labelled folder of generated images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from winnow.imaging.files import encode_png
from winnow.imaging.mask import encode_mask_png


def write_dataset(root: Path) -> Path:
    """15 images, five folds of 3: bright squares of class 4 on noise, discs of class 2 on every other one."""
    for name in ("images", "masks"):
        (root / name).mkdir()
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:40, :48]
    for i in range(15):
        mask = np.zeros((40, 48), np.uint8)
        mask[5:20, 4 + i : 20 + i] = 4
        if i % 2:
            mask[np.hypot(y - 30, x - 20) < 8] = 2
        grey = np.select([mask == 4, mask == 2], [220, 130], 20) + rng.normal(scale=10, size=mask.shape)
        (root / "images" / f"{i:02}.png").write_bytes(encode_png(grey.clip(0, 255).astype(np.uint8)))
        (root / "masks" / f"{i:02}.png").write_bytes(encode_mask_png(mask))
    folds = {"folds": [list(range(i, 15, 5)) for i in range(5)]}
    (root / "folds.json").write_text(json.dumps(folds))
    return root
