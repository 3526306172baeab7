"""What networks said is kept by what an image looks like, and goes with the network."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from winnow.server import storage
from winnow.server.models import Image, Network, Project
from winnow.server.worker.kept import DAY, Kept, forget, keys_of
from winnow.server.worker.tidy import tidy

from .scenes import add_images


@pytest.fixture
def network(project: Project) -> Network:
    return add_network(project)


def add_network(project: Project) -> Network:
    number = project.networks.count() + 1
    known = {"config": {}, "metrics": {}, "code_version": "", "data_fingerprint": "", "train_seconds": 1.0}
    return Network.objects.create(
        project=project, number=number, weights=f"{project.id:032x}{number:032x}", members=2, labels=2, seed=0, **known
    )


def row(value: float) -> dict[str, object]:
    return {"uncertainty": value, "driving_class": 1, "descriptors": np.full(5, value, np.float32)}


def keys(*numbers: int) -> list[bytes]:
    return [bytes([number]) * 32 for number in numbers]


def test_what_is_added_is_read_back_by_key(network: Network):
    Kept(network).add(keys(1, 2), [row(0.1), row(0.2)])
    Kept(network).add(keys(3), [row(0.3)])
    Kept(network).add([], [])
    places, columns = Kept(network).read()
    assert set(places) == set(keys(1, 2, 3))
    assert columns["uncertainty"][[places[key] for key in keys(3, 1, 2)]].tolist() == [0.3, 0.1, 0.2]
    assert columns["descriptors"].shape == (3, 5)
    assert columns["descriptors"].dtype == np.float32


def test_networks_and_ways_of_looking_are_kept_apart(project: Project, network: Network):
    Kept(network).add(keys(1), [row(0.1)])
    for other in (Kept(None), Kept(add_network(project)), Kept(network, dropout=True)):
        assert other.read() == ({}, {})


@pytest.mark.parametrize("harm", ["cut", "rotten", "empty"])
def test_a_damaged_file_is_forgotten_and_the_others_stay(network: Network, harm: str):
    kept = Kept(network)
    kept.add(keys(1), [row(0.1)])
    (file,) = kept.folder.iterdir()
    kept.add(keys(2), [row(0.2)])
    data = file.read_bytes()
    file.write_bytes({"cut": data[:-30], "rotten": data[:80] + b"rotten" + data[86:], "empty": b""}[harm])
    assert set(kept.read()[0]) == set(keys(2))
    assert not file.exists()


def test_an_image_is_known_by_what_it_looks_like_and_not_by_name(project: Project):
    first, second = add_images(project, 2)
    before = keys_of([first.id, second.id, 10**6])
    assert before.keys() == {first.id, second.id}
    assert before[first.id] != before[second.id]
    Image.objects.filter(id=first.id).update(name="another", state="auto")
    assert keys_of([first.id])[first.id] == before[first.id]
    Image.objects.filter(id=first.id).update(window=[1.0, 2.0])
    assert keys_of([first.id])[first.id] != before[first.id]


def test_files_name_nobody(project: Project, network: Network):
    (image,) = add_images(project, 1)
    Image.objects.filter(id=image.id).update(name="Doe-John", patient="Doe-John")
    kept = Kept(network)
    kept.add(list(keys_of([image.id]).values()), [row(0.1)])
    (file,) = kept.folder.iterdir()
    assert b"Doe" not in str(file).encode() + file.read_bytes()


def test_what_a_network_said_goes_with_it(project: Project, network: Network):
    spare = add_network(project)
    Project.objects.filter(id=project.id).update(network=network)
    for kept in (Kept(network), Kept(network, dropout=True), Kept(spare), Kept(None)):
        kept.add(keys(1), [row(0.1)])
    forget()
    assert len(storage.all_looks()) == 4
    age(DAY + 60)
    Kept(None)  # asked for again just now
    forget()
    left = set(storage.all_looks())
    assert left == {folder(network), folder(network, dropout=True), folder(None)}
    project.networks.all().delete()
    tidy()
    left = storage.all_looks()
    assert left == [folder(None)]


def folder(network: Network | None, *, dropout: bool = False) -> Path:
    return Kept(network, dropout=dropout).folder


def age(seconds: float) -> None:
    for one in storage.all_looks():
        os.utime(one, (time.time() - seconds, time.time() - seconds))
