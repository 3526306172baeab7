from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from winnow.errors import InvalidInput, InvalidMask, JobCancelled, OutOfMemory, TooFewLabels
from winnow.segmentation import metrics, training
from winnow.segmentation.checkpoint import load_checkpoint
from winnow.segmentation.data import Sample, restore, to_tensor
from winnow.segmentation.inference import predict
from winnow.segmentation.losses import segmentation_loss
from winnow.segmentation.networks import NETWORKS, NetworkConfig, build
from winnow.segmentation.training import TrainingConfig, draw_batch, learning_rate, train_member

NETWORK = NetworkConfig("fcn_fast", 1, 3)
QUICK = TrainingConfig(size=48, epochs=1, batch=4, least_steps=5)


def train(samples, **changes):
    options = {"network": NETWORK, "training": QUICK, "seed": 0, "checkpoint": None, "report": lambda _share: None}
    return train_member(samples, **{**options, **changes})


def same(first, second) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_it_learns_a_common_and_a_rare_class(samples):
    """Class 2 covers less than one percent of the pixels and is on every other image."""
    assert np.mean([sample.mask == 2 for sample in samples]) < 0.01
    state = train(samples[:6], training=TrainingConfig(size=64, epochs=40, batch=6))
    network = build(NETWORK)
    network.load_state_dict(state)
    matrix = np.zeros((3, 3), np.int64)
    for sample in samples[6:]:
        probabilities = predict([network], to_tensor(sample.picture, 64, channels=1)[None])[0, 0]
        matrix += metrics.confusion(restore(probabilities, sample.picture).argmax(axis=0), sample.mask, classes=3)
    assert all(score > 0.5 for score in metrics.iou(matrix))


def test_the_seed_decides_everything(samples):
    first = train(samples, seed=1)
    torch.manual_seed(99)  # chance from elsewhere has no say
    assert same(first, train(samples, seed=1))
    assert not same(first, train(samples, seed=2))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_can_be_trained(samples, name):
    losses = []
    config = replace(NETWORK, name=name)
    state = train(samples, network=config, training=replace(QUICK, epochs=6))
    torch.manual_seed(0)  # of the fresh weights it is compared with
    network = build(config)
    network.load_state_dict(state)
    masks = torch.stack([torch.from_numpy(sample.mask.astype("int16")) for sample in samples])
    images = torch.stack([to_tensor(sample.picture, 64, channels=1) for sample in samples])
    for candidate in (build(config), network):
        with torch.no_grad():
            logits = candidate.train()(images)
        losses.append(float(segmentation_loss(logits, masks, weights=torch.ones(3))))
    assert losses[1] < 0.8 * losses[0]


def test_torch_s_own_chance_is_left_alone(samples):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train(samples)
    assert torch.equal(torch.rand(3), expected)


@pytest.fixture
def every_step(monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("size", [48, 96])  # the second learns from small images first
def test_resumed_equals_unbroken(samples, tmp_path, size):
    options = {"training": replace(QUICK, size=size)}
    unbroken = train(samples, **options)
    path = tmp_path / "member.pt"
    steps = []

    def cancel(_share: float) -> None:
        steps.append(load_checkpoint(path)["step"])
        if steps[-1] == 3:
            raise JobCancelled("The job was cancelled.")

    with pytest.raises(JobCancelled):
        train(samples, checkpoint=path, report=cancel, **options)
    shares = []
    assert same(train(samples, checkpoint=path, report=shares.append, **options), unbroken)
    assert (len(shares), shares[-1]) == (2, 1.0)


def test_the_first_two_thirds_of_the_steps_see_images_of_half_the_size(samples, monkeypatch):
    seen = []
    learn = training._learn

    def watched(run, images, masks, *, weights):
        seen.append(images.shape[-1])
        assert masks.shape[1:] == images.shape[2:]
        learn(run, images, masks, weights=weights)

    monkeypatch.setattr(training, "_learn", watched)
    shares = []
    train(samples, training=replace(QUICK, size=97, epochs=3), report=shares.append)
    assert seen == [48] * 10 + [97] * 5
    # a small step is a quarter of the work of a full one
    assert shares == pytest.approx(
        [step / 30 for step in range(1, 11)] + [(10 + 4 * step) / 30 for step in range(1, 6)]
    )
    seen.clear()
    train(samples, training=replace(QUICK, size=95))  # half of it would be too small
    assert set(seen) == {95}


def test_a_finished_training_is_not_done_again(samples, tmp_path):
    path = tmp_path / "member.pt"
    first = train(samples, checkpoint=path)
    shares = []
    assert same(train(samples, checkpoint=path, report=shares.append), first)
    assert shares == []


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"training": replace(QUICK, learning_rate=1e-3)},
        {"network": replace(NETWORK, classes=4)},
        {"network": replace(NETWORK, name="unet")},
    ],
)
def test_another_training_s_checkpoint_is_left_aside(samples, tmp_path, changes):
    path = tmp_path / "member.pt"
    train(samples, checkpoint=path)
    assert same(train(samples, checkpoint=path, **changes), train(samples, **changes))


def test_other_labels_start_anew(samples, tmp_path):
    path = tmp_path / "member.pt"
    train(samples, checkpoint=path)
    corrected = [replace(samples[0], mask=np.zeros_like(samples[0].mask)), *samples[1:]]
    assert same(train(corrected, checkpoint=path), train(corrected))


def test_a_damaged_checkpoint_costs_time_only(samples, tmp_path):
    path = tmp_path / "member.pt"
    path.write_bytes(b"PK half a file")
    assert same(train(samples, checkpoint=path), train(samples))


def test_memory_that_runs_out_halves_the_batch(samples, monkeypatch):
    sizes = []
    learn = training._learn

    def cramped(run, images, masks, *, weights):
        sizes.append(len(images))
        if len(images) > 2:
            torch.empty(2**60)
        learn(run, images, masks, weights=weights)

    monkeypatch.setattr(training, "_learn", cramped)
    told = []
    train(samples, training=replace(QUICK, batch=8), on_smaller_batch=told.append)
    assert sizes == [8, 4, 2, 2, 2, 2, 2]
    assert told == [2]


def test_memory_for_not_even_two_images_is_told(samples, monkeypatch):
    def nothing_fits(*_args, **_options):
        raise MemoryError

    monkeypatch.setattr(training, "_learn", nothing_fits)
    with pytest.raises(OutOfMemory, match="at 24 pixels a quarter"):
        train(samples)


def test_other_errors_of_torch_are_not_taken_for_memory(samples, monkeypatch):
    monkeypatch.setattr(training, "_learn", lambda *_args, **_options: torch.zeros(2) @ torch.zeros(3))
    with pytest.raises(RuntimeError, match="inconsistent tensor size"):
        train(samples)


def test_one_labelled_image_is_enough_to_start(samples):
    state = train(samples[:1])
    assert all(tensor.isfinite().all() for tensor in state.values())


def test_images_without_anything_on_them_do_no_harm(samples):
    empty = [Sample(sample.picture, np.zeros_like(sample.mask), sample.name) for sample in samples]
    assert all(tensor.isfinite().all() for tensor in train(empty).values())


def test_few_labels_get_steps_enough_and_many_are_all_seen():
    assert TrainingConfig(epochs=40, batch=8).steps(4) == 80
    assert TrainingConfig(epochs=40, batch=8).steps(80) == 400
    assert TrainingConfig(epochs=1, batch=8).steps(81) == 11


def test_the_learning_rate_rises_once_and_falls_once():
    rates = [learning_rate(step, steps=100, peak=1.0) for step in range(100)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(1.0)
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.01
    assert learning_rate(0, steps=1, peak=1.0) > 0


def test_a_class_on_one_image_of_a_hundred_comes_up_in_most_batches():
    rng = np.random.default_rng(0)
    holders = [np.arange(100), np.array([37])]
    batches = [draw_batch(100, holders, batch=8, rng=rng) for _ in range(200)]
    assert {len(batch) for batch in batches} == {8}
    assert np.mean([37 in batch for batch in batches]) > 0.7
    assert len(np.unique(np.concatenate(batches))) == 100


def test_what_cannot_be_trained_is_refused(samples):
    with pytest.raises(TooFewLabels):
        train([])
    for wrong in ({"batch": 1}, {"epochs": 0}, {"size": 47}, {"least_steps": 0}):
        with pytest.raises(InvalidInput):
            train(samples, training=replace(QUICK, **wrong))
    with pytest.raises(InvalidMask, match=r"0\.\.1"):
        train(samples, network=NetworkConfig("fcn_fast", 1, 2))
