"""The benchmark of what unlabelled images are worth: each method on tensors, and one run on an invented folder."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from active.labelled import write_dataset

from winnow.active.dataset import read_dataset
from winnow.segmentation.data import IGNORED
from winnow.segmentation.networks import NetworkConfig, build
from winnow.segmentation.training import TrainingConfig, train_member

ROOT = Path(__file__).parents[2]
TRAINING = TrainingConfig(size=48, epochs=1, batch=4, least_steps=2)


def script(name):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def unlabelled():
    return script("unlabelled")


@pytest.fixture(scope="module")
def few_labels():
    return script("few_labels")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return read_dataset(write_dataset(tmp_path_factory.mktemp("few")))


@pytest.fixture
def cell(few_labels, dataset):
    return few_labels.make_cell(dataset, [1, 2, 3, 4], 2, 4, TRAINING, "fcn_fast", 3)


def alike(one, other):
    return all(torch.equal(one[name], other[name]) for name in other)


def test_plain_is_what_the_product_trains(few_labels, dataset, cell):
    rest = np.concatenate([dataset.folds[number] for number in (1, 3, 4)])
    chosen = np.random.default_rng([3, 1]).permutation(rest)[:4]
    samples = [few_labels.indexed(dataset.samples[place], [0, 2, 4]) for place in chosen]
    expected = train_member(
        samples,
        network=NetworkConfig(classes=3),
        training=TRAINING,
        seed=3,
        checkpoint=None,
        report=lambda _: None,
    )
    assert alike(cell.train("plain")[0].state_dict(), expected)


def test_the_held_out_and_the_test_fold_are_never_seen(few_labels, dataset, cell):
    assert (len(cell.images), len(cell.masks), len(cell.unlabelled)) == (4, 4, 5)
    tensors = few_labels.to_tensors(dataset.samples, size=48, channels=1, classes=5)[0]
    seen = torch.cat([cell.images, cell.unlabelled])
    places = {next(i for i, own in enumerate(tensors) if torch.equal(own, image)) for image in seen}
    assert places == {place for number in (1, 3, 4) for place in dataset.folds[number]}


def test_pretraining_gives_all_weights_but_the_last_layer(unlabelled, cell, monkeypatch):
    monkeypatch.setattr(unlabelled, "PASSES", 1)
    learned = unlabelled.inpainting(cell)
    own = build(cell.network).state_dict()
    left = {name for name, value in own.items() if learned[name].shape != value.shape}
    assert left == {"refine.1.weight", "refine.1.bias"}
    assert unlabelled.inpainting(cell) is learned


def test_blanks_are_about_half_of_the_squares(unlabelled):
    blank = unlabelled.blanks(torch.zeros(50, 1, 50, 48), torch.Generator().manual_seed(0))
    assert blank.shape == (50, 1, 50, 48)
    assert 0.4 < blank.float().mean() < 0.6
    assert torch.equal(blank[:, :, :7, :6], blank[:, :, :1, :1].expand(-1, -1, 7, 6))


def test_only_sure_pixels_are_guessed(unlabelled, cell, monkeypatch):
    def predict(_networks, batch):
        probabilities = np.zeros((1, len(batch), 3, 48, 48), np.float32)
        probabilities[0, :, 0] = 0.55
        probabilities[0, :, 2] = 0.45
        probabilities[0, :, :, 10] = np.array([0.05, 0.05, 0.9])[:, None]
        return probabilities

    monkeypatch.setattr(unlabelled, "predict", predict)
    images, masks = unlabelled.confident([build(cell.network)], cell.unlabelled)
    assert torch.equal(images, cell.unlabelled)
    assert (masks[:, 10] == 2).all()
    assert (masks[:, :10] == IGNORED).all()


def test_guesses_take_half_of_each_batch(unlabelled, cell, monkeypatch):
    batches = []
    monkeypatch.setattr(unlabelled, "augment", lambda images, masks, **_: batches.append(masks) or (images, masks))
    guesses = (cell.unlabelled, torch.full((5, 48, 48), 1, dtype=torch.int16))
    unlabelled.supervised(cell, guesses=guesses)
    assert [len(masks) for masks in batches] == [4, 4]
    assert all((masks[2:] == 1).all() and not (masks[:2] == 1).all() for masks in batches)


def test_a_committee_teaches_by_its_mean_and_learns_on_its_own_resamples(unlabelled, cell, monkeypatch):
    trained = []

    def supervised(own, *, guesses=None):
        trained.append((own, guesses))
        return build(own.network)

    monkeypatch.setattr(unlabelled, "supervised", supervised)
    monkeypatch.setattr(unlabelled, "confident", lambda teachers, _images: teachers)
    cell.train("selftrained_committee")
    assert [guesses for _, guesses in trained] == [None] * 4 + [cell.done["committee"]] * 4
    assert len({own.seed for own, _ in trained}) == 4
    assert all(
        torch.equal(one.images, other.images) for (one, _), (other, _) in zip(trained[:4], trained[4:], strict=True)
    )
    assert not all(torch.equal(own.images, cell.images) for own, _ in trained)


def test_gains_are_paired_cell_by_cell(few_labels):
    cells = {
        f"seed 0/labels 8/fold {fold}": {"plain": {"mean_iou": base}, "pretrained": {"mean_iou": base + gain}}
        for fold, (base, gain) in enumerate([(0.1, 0.01), (0.5, 0.02), (0.9, 0.03)])
    }
    cells["seed 0/labels 40/fold 0"] = {"plain": {"mean_iou": 0.5}}
    found = few_labels.compare(cells)["labels 8"]
    assert found["plain"] == {"mean_iou": 0.5}
    # 4.303 is Student's t with 2 degrees of freedom
    assert found["pretrained"]["gain"] == {"mean": 0.02, "interval": round(4.3027 * 0.01 / 3**0.5, 4), "pairs": 3}
    assert "pretrained" not in few_labels.compare(cells)["labels 40"]


def test_a_run_is_taken_up_where_it_was_left(few_labels, tmp_path, monkeypatch, capsys):
    out = tmp_path / "out.json"
    options = ["--data", str(write_dataset(tmp_path)), "--json", str(out), "--labels", "4", "--seeds", "0"]

    def run(methods):
        monkeypatch.setattr(
            sys, "argv", ["few_labels.py", *options, "--size", "48", "--epochs", "1", "--methods", methods]
        )
        few_labels.main()
        said = capsys.readouterr().out
        return said.count(" plain "), said.count(" selftrained ")

    assert run("plain") == (4, 0)
    assert run("plain,selftrained") == (0, 4)
    report = json.loads(out.read_text())
    assert set(report["cells"]) == {f"seed 0/labels 4/fold {fold}" for fold in (1, 2, 3, 4)}
    assert report["comparison"]["all"]["selftrained"]["gain"]["pairs"] == 4
