from __future__ import annotations

import numpy as np
import pytest
import torch

from winnow.imaging.picture import Picture
from winnow.segmentation.data import Sample


@pytest.fixture(autouse=True)
def one_thread():
    """As every process of Winnow computes; the machine is shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def blob_sample(index: int, *, size: int = 64) -> Sample:
    """A noisy dark picture with a bright disc (class 1) and, on every other one, a grey square of 6x6 (class 2)."""
    rng = np.random.default_rng(index)
    rows, columns = np.mgrid[:size, :size]
    centre = rng.uniform(0.3, 0.7, 2) * size
    mask = ((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 < (size / 6) ** 2).astype(np.uint8)
    if index % 2 == 0:
        mask[2:8, 2:8] = 2
    pixels = np.array([40, 200, 120])[mask] + rng.normal(0, 10, mask.shape)
    return Sample(Picture(pixels.clip(0, 255).astype(np.uint8), (128.0, 256.0)), mask, f"{index:03}")


@pytest.fixture(scope="session")
def samples() -> list[Sample]:
    return [blob_sample(index) for index in range(8)]
