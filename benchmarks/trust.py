"""How far the predicted Dice can be trusted: predicted against true on folds that no committee has learned from.

    nice python benchmarks/trust.py --data FOLDER --json benchmarks/results/trust.json [--folds 0,1,2,3,4] …

FOLDER is a labelled folder with folds.json. For each fold a committee learns from the others (--labels of them drawn by
the seed, all by default), is calibrated on its out-of-bag images, and predicts the Dice of each image of the fold.
Three estimates side by side: ``calibrated`` is what the application shows; ``expected`` is the same before the
correction (members' probabilities against members' votes); ``votes`` is the mean Dice between the members' masks.
Risk-coverage: the best share of the images by estimate is accepted, and their mean true Dice taken; ``possible`` is the
order by true Dice itself. Cumulative: runs found in the JSON are kept, and only what is missing is trained.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from loop import source
from scipy.stats import spearmanr

from winnow.active.committee import Committee, CommitteeConfig, train_committee
from winnow.active.dataset import Dataset, read_dataset
from winnow.active.quality import Tally, agreement
from winnow.compute.local import LocalExecutor
from winnow.segmentation.data import Sample, fitted
from winnow.segmentation.inference import predict

ESTIMATES = ("calibrated", "expected", "votes")
SHARES = [round(share, 1) for share in np.arange(0.1, 1.01, 0.1)]


def main() -> None:
    given = parse()
    dataset = read_dataset(given.data)
    report = json.loads(given.json.read_text()) if given.json.exists() else {"dataset": given.data.resolve().name}
    if report["dataset"] != given.data.resolve().name:
        raise SystemExit(f"{given.json} holds results of {report['dataset']}: give each data set a file of its own.")
    config = CommitteeConfig(members=given.members, size=given.size, epochs=given.epochs)
    settings = {"labels": given.labels or "all", **vars(config)}
    name = ", ".join(f"{value} {key}" for key, value in settings.items() if key != "network") + f", {config.network}"
    entry = report.setdefault("settings", {}).setdefault(name, {"config": settings, "runs": {}})
    for fold in given.folds:
        key = f"fold {fold}, seed {given.seed}"
        if key not in entry["runs"]:
            entry["runs"][key] = run(dataset, fold, given.labels, config, given.seed)
        entry["summary"] = summary([one["images"] for one in entry["runs"].values()])
        report["source"] = source()
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(report, indent=1) + "\n")
        print(name, key, json.dumps(entry["runs"][key]["calibration"]), flush=True)
    print(json.dumps(entry["summary"], indent=1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--folds", type=lambda text: [int(part) for part in text.split(",")], default=[0, 1, 2, 3, 4])
    parser.add_argument("--labels", type=int, default=0, help="images learned from, drawn by the seed; 0 = all")
    parser.add_argument("--size", type=int, default=CommitteeConfig.size)
    parser.add_argument("--epochs", type=int, default=CommitteeConfig.epochs)
    parser.add_argument("--members", type=int, default=CommitteeConfig.members)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def run(dataset: Dataset, fold: int, labels: int, config: CommitteeConfig, seed: int) -> dict[str, Any]:
    """One committee, and what it says of each image of the fold."""
    pool = [place for number, places in enumerate(dataset.folds) if number != fold for place in places]
    chosen = np.random.default_rng([seed, fold]).permutation(pool)[: labels or len(pool)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="winnow-trust-") as folder:
        trained = train_committee(
            [dataset.samples[place] for place in sorted(chosen)],
            classes=dataset.classes,
            config=config,
            seed=seed,
            directory=Path(folder),
            executor=LocalExecutor(),
            on_progress=lambda *_: None,
            should_stop=lambda: False,
        )
    seconds = round(time.monotonic() - began, 1)
    torch.set_num_threads(1)
    committee = Committee.load(trained.weights)
    images = [judged(committee, dataset.samples[place]) for place in dataset.folds[fold]]
    return {"seconds": seconds, "calibration": trained.metrics["calibration"], "images": images}


def judged(committee: Committee, sample: Sample) -> dict[str, Any]:
    """The estimates of one image, its interval and its true mean Dice (None: nothing there and nothing found)."""
    height, width = fitted(sample.picture, committee.size)
    inside = predict(committee.networks, committee.tensor([sample.picture]))[:, 0, :, :height, :width]
    seen = committee.examine(sample.picture)
    votes = np.moveaxis(np.eye(inside.shape[1])[inside.argmax(axis=1)], -1, 1)
    places = np.zeros(256, np.uint8)
    places[committee.classes] = np.arange(1, len(committee.classes) + 1)
    return {
        "name": sample.name,
        "dice": Tally(classes=len(committee.classes) + 1).add(places[seen.mask], places[sample.mask]),
        "calibrated": seen.quality,
        "interval": committee.calibration.interval(seen.quality) if seen.mask.any() else None,
        "expected": agreement(inside)[0],
        "votes": agreement(votes)[0],
    }


def summary(runs: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Of each estimate the figures of each run, averaged over the runs; Dice that is not defined is left out."""
    known = [[image for image in images if image["dice"] is not None] for images in runs]
    figures = {name: averaged([measured(images, name) for images in known]) for name in ESTIMATES}
    intervals = [(*image["interval"], image["dice"]) for images in known for image in images if image["interval"]]
    inside = [low <= dice <= high for low, high, dice in intervals]
    return {
        "runs": len(known),
        "images": sum(len(images) for images in known),
        "mean_dice": float(np.mean([image["dice"] for images in known for image in images])),
        "estimates": figures,
        "accepted_shares": SHARES,
        "possible": averaged([{"mean_dice": accepted(images, "dice")} for images in known])["mean_dice"],
        "within_90_interval": float(np.mean(inside)) if inside else None,
    }


def measured(images: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Error, correlations (None where nothing varies) and risk-coverage of one estimate on one run."""
    truth, said = (np.array([image[key] for image in images]) for key in ("dice", name))
    varies = len(images) > 2 and truth.std() > 0 and said.std() > 0
    return {
        "mae": float(np.abs(said - truth).mean()),
        "bias": float((said - truth).mean()),
        "pearson": float(np.corrcoef(said, truth)[0, 1]) if varies else None,
        "spearman": float(spearmanr(said, truth).statistic) if varies else None,
        "mean_dice": accepted(images, name),
    }


def accepted(images: list[dict[str, Any]], name: str) -> list[float]:
    """Mean true Dice of the best share of the images by an estimate, for each of ``SHARES``; one image at least."""
    order = sorted(images, key=lambda image: -image[name])
    counts = [max(1, round(share * len(order))) for share in SHARES]
    return [float(np.mean([image["dice"] for image in order[:count]])) for count in counts]


def averaged(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean of each figure over the runs that have it, place by place in lists, to four digits."""
    known = {key: [one[key] for one in figures if one[key] is not None] for key in figures[0]}
    return {key: np.round(np.mean(values, axis=0), 4).tolist() if values else None for key, values in known.items()}


if __name__ == "__main__":
    main()
