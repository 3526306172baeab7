"""Means, intervals, differences and areas, by hand."""

from __future__ import annotations

import json

import pytest

from winnow.active.tables import area, printed, spread, summarise


def a_run(row, fold, seed, *values, labels="half"):
    rounds = [
        {"labelled": 8 * (place + 1), "mean_iou": value, "f1": value, "iou": [value, None]}
        | {"dice_per_class": [value, None], "train_s": 10.0, "query_s": 2.0}
        for place, value in enumerate(values)
    ]
    return {"labels": labels, "row": row, "fold": fold, "seed": seed, "rounds": rounds}


def runs(*given):
    return {str(place): run for place, run in enumerate(given)}


def test_seeds_are_averaged_in_each_fold_and_the_interval_is_over_the_folds():
    found = spread([(0, 0.1), (0, 0.3), (1, 0.4), (2, 0.6)])
    # fold means 0.2, 0.4, 0.6: standard deviation 0.2, Student's t of 2 degrees 4.3027
    assert found == {"mean": pytest.approx(0.4), "interval": pytest.approx(4.3027 * 0.2 / 3**0.5, rel=1e-4)} | {
        "over": "folds",
        "n": 3,
    }


def test_one_fold_has_an_interval_over_its_seeds_and_one_value_has_none():
    assert spread([(0, 0.2), (0, 0.4)])["over"] == "seeds"
    assert spread([(0, 0.2), (0, 0.4)])["interval"] == pytest.approx(12.7062 * 0.1, rel=1e-4)
    assert spread([(3, 0.2)]) == {"mean": 0.2, "interval": None, "over": "seeds", "n": 1}
    assert spread([]) is None


def test_the_area_is_the_mean_height():
    assert area([8, 16, 32], [0.5, 0.5, 0.5]) == pytest.approx(0.5)
    assert area([0, 10, 40], [0.0, 1.0, 1.0]) == pytest.approx((5 + 30) / 40)


def test_differences_are_paired_by_fold_and_seed():
    """What the folds have in common, however large, takes nothing from the certainty of the difference."""
    tables = summarise(
        runs(
            *(a_run("random", fold, 0, 0.1 * fold, 0.2 * fold) for fold in range(4)),
            *(a_run("suggestive", fold, 0, 0.1 * fold, 0.2 * fold + 0.05) for fold in range(3)),
        )
    )
    row = tables["half"]["suggestive"]
    assert row["differences"]["random"]["mean_iou"] == {
        "mean": pytest.approx(0.05),
        "interval": pytest.approx(0, abs=1e-12),
        "over": "folds",
        "n": 3,
    }
    assert row["differences"]["random"]["area"]["mean"] == pytest.approx(0.025)
    assert row["mean_iou"]["interval"] > 0.1
    assert tables["half"]["random"]["differences"] == {}


def test_the_figures_are_those_of_the_last_round_and_an_absent_class_is_none():
    row = summarise(runs(a_run("fcn", 0, 0, 0.3, 0.4, labels="all")))["all"]["fcn"]
    assert (row["mean_iou"]["mean"], row["labelled"], row["train_s"]["mean"]) == (0.4, [16], 10.0)
    assert row["iou"][1] is None
    json.dumps(row, allow_nan=False)


def test_the_print_has_the_papers_figures_beside_ours():
    tables = summarise(
        runs(
            a_run("fcn", 0, 0, 0.4, labels="all"),
            a_run("random", 0, 0, 0.1, 0.2),
            a_run("random", 1, 0, 0.1, 0.3),
            a_run("coreset", 0, 0, 0.1, 0.35),
        )
    )
    lines = printed(tables).splitlines()
    assert lines[0].startswith("Table 3")
    (fcn,) = (line for line in lines if line.startswith("fcn "))
    assert fcn.split() == ["fcn", "0.400", "0.400", "0.346", "0.511", "1", "10.0", "2.0"]
    (coreset,) = (line for line in lines if line.startswith("coreset"))
    assert coreset.split() == ["coreset", "0.350", "0.350", "-", "-", "1", "10.0", "2.0", "0.225", "+0.150", "-"]
    assert any("0.250 ± " in line for line in lines)


def test_nothing_prints_nothing():
    assert printed(summarise({})) == ""
