from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from winnow.active import looking
from winnow.active.descriptors import describe
from winnow.active.examination import Committee
from winnow.active.looking import look_at, look_cold, look_with
from winnow.active.pool import Pool
from winnow.compute.local import LocalExecutor
from winnow.compute.serial import SerialExecutor
from winnow.errors import InvalidInput, JobCancelled
from winnow.imaging.picture import Picture
from winnow.segmentation.devices import best_device
from winnow.segmentation.networks import NetworkConfig, build


@pytest.fixture(scope="module")
def committee() -> Committee:
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        networks = [build(NetworkConfig("fcn_fast", 1, 4)) for _ in range(2)]
    return Committee(networks, classes=[2, 5, 9], size=48)


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    rng = np.random.default_rng(0)
    shapes = [(40, 52), (33, 33), (64, 20), (48, 48), (50, 90), (40, 52), (40, 52)]
    return [Picture(rng.integers(0, 256, shape).astype(np.uint8), (128.0, 256.0)) for shape in shapes]


def test_a_row_for_each_picture_whatever_the_executor_and_the_shards(committee, pictures, monkeypatch):
    alone = look_at(pictures, committee=committee, executor=SerialExecutor())
    monkeypatch.setattr(looking, "SHARD", 2)
    beside = look_at(pictures, committee=committee, executor=LocalExecutor(max_workers=2))
    assert len(alone) == len(beside) == 7
    for one, other in zip(alone, beside, strict=True):
        assert one.keys() == other.keys() <= set(Pool.__dataclass_fields__)
        assert all(np.array_equal(one[name], other[name]) for name in one)
    assert len({row["uncertainty"] for row in alone}) == 7


def test_a_look_says_what_an_examination_says(committee, pictures):
    rows = look_at(pictures, committee=committee, executor=SerialExecutor(), dropout=True)
    for picture, row in zip(pictures, rows, strict=True):
        seen = committee.examine(picture).signals()
        assert {name: row[name] for name in seen}.keys() == row.keys() - {"mc_mutual_information"}
        assert all(np.array_equal(row[name], seen[name]) for name in seen)
        assert 0 < row["mc_mutual_information"] < np.log(4)


def test_dropout_makes_the_same_difference_every_time(committee, pictures):
    first, again = (list(committee.look_many(pictures[:2], dropout=True)) for _ in range(2))
    assert [look.mc_mutual_information for look in first] == [look.mc_mutual_information for look in again]
    (plain,) = committee.look_many(pictures[:1])
    assert plain.mc_mutual_information is None


def test_progress_rises_to_one_and_stopping_is_heeded(committee, pictures):
    shares = []
    look_at(pictures, committee=committee, executor=SerialExecutor(), on_progress=shares.append)
    assert shares == sorted(shares)
    assert (len(set(shares)), shares[-1]) == (7, 1.0)
    with pytest.raises(JobCancelled):
        look_at(pictures, committee=committee, executor=SerialExecutor(), should_stop=lambda: True)


def test_pictures_are_read_as_they_are_looked_at(committee, pictures):
    read = []

    def stream():
        for picture in pictures:
            read.append(picture)
            yield picture

    looks = committee.look_many(stream())
    next(looks)
    assert len(read) == (7 if best_device().type == "cuda" else 1)


def test_a_cold_look_is_the_description(pictures):
    shares = []
    rows = look_cold(pictures, shares.append)
    assert shares[-1] == 1.0
    assert all(
        np.array_equal(row["descriptors"], describe(picture)) for row, picture in zip(rows, pictures, strict=True)
    )


def test_networks_travel_without_a_gpu_and_colour_is_refused(committee):
    work = look_with(committee)
    assert {weight.device.type for network in committee.networks for weight in network.parameters()} == {"cpu"}
    with pytest.raises(InvalidInput, match="colour"):
        work([Picture(np.zeros((8, 8, 3), np.uint8), (128.0, 256.0))], lambda _share: None)


def test_a_cold_start_loads_no_torch():
    import subprocess
    import sys

    script = "import sys; import winnow.active.looking; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=Path(__file__).parent).returncode == 0
