from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from winnow.active.committee import Committee, CommitteeConfig, train_committee
from winnow.active.strategies import STRATEGIES, Pool, choose
from winnow.compute.local import LocalExecutor
from winnow.errors import CorruptData, InvalidInput, InvalidMask, JobCancelled, TooFewLabels
from winnow.imaging.picture import Picture
from winnow.segmentation import training
from winnow.segmentation.data import Sample

CLASSES = [2, 7]  # class values need not follow each other
CONFIG = CommitteeConfig(members=2, size=48, epochs=20)


class InThisProcess:
    """The executor's promise without processes; counts what it was given."""

    def __init__(self):
        self.shares = []

    def run(self, function, tasks, *, on_progress, should_stop):
        results = []
        for i, task in enumerate(tasks):

            def report(share, done=i):
                if should_stop():
                    raise JobCancelled("stopped")
                self.shares.append(share)
                on_progress((done + share) / len(tasks))

            results.append(function(task, report))
        return results


def scene(rng, *, colour=False, shape=(40, 52)):
    """A dark picture with a grey disc (class 2) and a bright square (class 7)."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    mask = np.zeros(shape, np.uint8)
    cy, cx = rng.integers(10, 30), rng.integers(10, 22)
    mask[np.hypot(y - cy, x - cx) < 8] = 2
    mask[10:24, 34:46] = 7
    grey = np.select([mask == 2, mask == 7], [130, 230], 20) + rng.normal(scale=5, size=shape)
    pixels = grey.clip(0, 255).astype(np.uint8)
    return Picture(np.stack([pixels] * 3, axis=2) if colour else pixels, window=(128.0, 256.0)), mask


def scenes(number, *, seed=0, **options):
    rng = np.random.default_rng(seed)
    return [Sample(*scene(rng, **options), name=f"{i}.png") for i in range(number)]


def train(samples, directory, *, config=CONFIG, seed=0, executor=None, **options):
    torch.set_num_threads(1)
    defaults = {"classes": CLASSES, "on_progress": lambda *_: None, "should_stop": lambda: False}
    return train_committee(
        samples,
        config=config,
        seed=seed,
        directory=directory,
        executor=executor or InThisProcess(),
        **(defaults | options),
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Trained in real processes, side by side, as in an installation."""
    progress = []
    result = train(
        scenes(8),
        tmp_path_factory.mktemp("members"),
        executor=LocalExecutor(),
        on_progress=lambda *said: progress.append(said),
    )
    return result, progress


@pytest.fixture(scope="module")
def committee(trained):
    return Committee.load(trained[0].weights)


def test_the_metrics_are_measured_out_of_bag_and_are_plain_json(trained):
    metrics = trained[0].metrics
    json.dumps(metrics, allow_nan=False)
    assert set(metrics["iou"]) == set(metrics["dice"]) == {"2", "7"}
    assert (metrics["measured_on"], metrics["resampled"]) == ("out-of-bag", "images")
    assert metrics["members"] == 2
    assert 0 < metrics["images"] < 8  # some are in both resamples
    assert 0.3 < metrics["mean_iou"] <= 1


def test_the_config_says_what_was_trained(trained):
    config = json.loads(json.dumps(trained[0].config))
    assert {
        "network": "fcn_fast",
        "members": 2,
        "size": 48,
        "epochs": 20,
        "classes": [2, 7],
        "channels": 1,
    }.items() <= (config.items())


def test_progress_rises_to_one_and_says_what_is_done(trained):
    shares = [share for share, _ in trained[1]]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert "2 networks" in trained[1][0][1]


def test_an_examination_has_the_picture_s_own_size_and_class_values(committee):
    seen = committee.examine(scene(np.random.default_rng(5))[0])
    assert seen.mask.shape == seen.uncertainty.shape == (40, 52)
    assert (seen.mask.dtype, seen.uncertainty.dtype, seen.descriptor.dtype) == (np.uint8, np.float32, np.float32)
    assert set(np.unique(seen.mask)) <= {0, 2, 7}
    assert seen.descriptor.shape == (512,)
    assert (seen.uncertainty >= 0).all()
    assert 0 < seen.score < 1
    assert 0 < seen.entropy < np.log(3)
    assert 0 <= seen.quality <= 1
    assert seen.driving_class in {2, 7}
    assert 0 < seen.margin < 1
    assert 0 < seen.mutual_information < seen.entropy
    assert seen.class_scores.shape == (2,)
    assert 0 < seen.class_scores.sum() < seen.entropy


def test_the_signals_are_the_columns_of_a_pool(committee):
    (look,) = committee.look_many([scene(np.random.default_rng(5))[0]], dropout=True)
    signals = look.signals()
    assert set(signals) <= set(Pool.__dataclass_fields__)
    pool = Pool(**{name: np.stack([value] * 4) for name, value in signals.items()})
    for strategy in STRATEGIES:
        assert len(choose(strategy, pool, K=3, k=2, seed=0)) == 2


def test_the_committee_has_learned_where_the_classes_are(committee):
    picture, mask = scene(np.random.default_rng(99))
    seen = committee.examine(picture)
    for value in CLASSES:
        found, true = seen.mask == value, mask == value
        assert 2 * (found & true).sum() / (found.sum() + true.sum()) > 0.5


def test_what_it_never_saw_is_more_uncertain_than_what_it_learned(committee):
    known = [committee.examine(scene(np.random.default_rng(seed))[0]).score for seed in range(20, 24)]
    picture, _ = scene(np.random.default_rng(30))
    between = np.where(picture.pixels > 80, 180, picture.pixels).astype(np.uint8)  # neither class's grey, both shapes
    strange = committee.examine(Picture(between, window=(128.0, 256.0)))
    assert strange.score > max(known)


def test_many_pictures_of_any_size_come_back_in_order_and_as_if_alone(committee):
    rng = np.random.default_rng(1)
    pictures = [scene(rng, shape=shape)[0] for shape in [(40, 52), (80, 60), (33, 90), (40, 52), (64, 64)]]
    together = list(committee.examine_many(pictures, batch=3))
    for picture, seen in zip(pictures, together, strict=True):
        alone = committee.examine(picture)
        assert seen.mask.shape == (picture.height, picture.width)
        np.testing.assert_allclose(seen.uncertainty, alone.uncertainty, atol=0.05)  # bf16 sums depend on the batch
        assert seen.score == pytest.approx(alone.score, rel=0.2, abs=1e-3)


def test_damaged_weights_are_named(trained):
    with pytest.raises(CorruptData):
        Committee.load(trained[0].weights[:-1000])


QUICK = CommitteeConfig(members=2, size=48, epochs=3)


def test_grey_and_colour_together_make_a_colour_committee(tmp_path):
    mixed = [*scenes(2), *scenes(2, colour=True)]
    committee = Committee.load(train(mixed, tmp_path, config=QUICK).weights)
    assert committee.examine(mixed[0].picture).mask.shape == committee.examine(mixed[2].picture).mask.shape


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A training that nobody interrupted: its folder, its executor and its result."""
    directory, executor = tmp_path_factory.mktemp("unbroken"), InThisProcess()
    return directory, executor, train(scenes(4), directory, config=QUICK, executor=executor)


def test_the_same_seed_gives_the_same_weights_and_another_seed_does_not(unbroken, tmp_path):
    *_, first = unbroken
    again, other = (train(scenes(4), tmp_path / str(seed), config=QUICK, seed=seed) for seed in (0, 1))
    assert first.weights == again.weights
    assert first.metrics == again.metrics
    assert first.weights != other.weights


def test_a_restarted_training_trains_only_what_is_missing(unbroken, tmp_path):
    _, executor, result = unbroken
    stopping, resumed = InThisProcess(), InThisProcess()
    with pytest.raises(JobCancelled):  # in the middle of the second member
        train(scenes(4), tmp_path, config=QUICK, executor=stopping, should_stop=lambda: len(stopping.shares) >= 8)
    assert train(scenes(4), tmp_path, config=QUICK, executor=resumed).weights == result.weights
    assert len(executor.shares) == 12
    assert len(resumed.shares) == 6  # the second member only: the first was done


def test_checkpoints_of_other_labels_are_of_no_use(unbroken, tmp_path):
    directory, *_ = unbroken
    copied = shutil.copytree(directory, tmp_path / "copied")
    executor = InThisProcess()
    train(scenes(4, seed=2), copied, config=QUICK, executor=executor)
    assert len(executor.shares) == 12


def test_a_wish_to_stop_is_honoured_while_measuring_too(unbroken):
    directory, *_ = unbroken  # where both members are done
    said, executor = [], InThisProcess()
    with pytest.raises(JobCancelled):
        train(
            scenes(4),
            directory,
            config=QUICK,
            executor=executor,
            on_progress=lambda share, _: said.append(share),
            should_stop=lambda: bool(said),
        )
    assert executor.shares == []
    assert len(said) == 1


def test_weights_that_are_not_finite_never_become_a_network(tmp_path):
    class Diverging(InThisProcess):
        def run(self, *arguments, **options):
            members = super().run(*arguments, **options)
            next(iter(members[1][0].values())).flat[0] = np.nan
            return members

    with pytest.raises(InvalidInput, match="diverged"):
        train(scenes(2), tmp_path, config=QUICK, executor=Diverging())


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"samples": 1}, TooFewLabels, "2 labelled"),
        ({"config": CommitteeConfig(members=1, size=48, epochs=1)}, InvalidInput, "2 members"),
        ({"classes": []}, InvalidInput, "1 to 255"),
        ({"classes": [2, 2]}, InvalidInput, "1 to 255"),
        ({"classes": [0, 2, 7]}, InvalidInput, "1 to 255"),
        ({"classes": [2]}, InvalidMask, r"0\.png holds the values \[7\]"),
        ({"seed": -1}, InvalidInput, "seed"),
        ({"patients": ["a"]}, InvalidInput, "1 patients"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_a_reason(tmp_path, change, error, says):
    samples = scenes(change.pop("samples", 2))
    with pytest.raises(error, match=says):
        train(samples, tmp_path, **({"config": QUICK} | change))


def test_short_memory_is_noted(tmp_path, monkeypatch):
    learn = training._learn

    def cramped(run, images, masks, *, weights):
        if len(images) > 4:
            raise MemoryError
        learn(run, images, masks, weights=weights)

    monkeypatch.setattr(training, "_learn", cramped)
    result = train(scenes(4), tmp_path, config=replace(CONFIG, epochs=1))
    assert result.config["batch"] == 4
    assert "learned from 4 images at a time, not 8" in result.notes[0]
