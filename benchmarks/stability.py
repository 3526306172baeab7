"""How steady training is before anything is compared: the spread of the mean IoU over seeds at fixed labels.

    nice python benchmarks/stability.py --data FOLDER --json benchmarks/results/stability.json [--seeds 0,1,2] …

FOLDER is a labelled folder with folds.json. The test fold (--fold) is never looked at: each other fold is held out
once and the rest of the pool trains one network on --labels images drawn by the seed. Counts are pooled over the held
out folds, so each seed gives one figure per class over the whole pool. Cumulative: runs found in the JSON are kept,
and only what is missing is trained. Compare recipes by --name: one entry each.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from winnow.active.dataset import Dataset, read_dataset
from winnow.segmentation import metrics
from winnow.segmentation.data import Sample, restore, to_tensor
from winnow.segmentation.inference import predict
from winnow.segmentation.networks import NetworkConfig, build
from winnow.segmentation.training import TrainingConfig, train_member


def main() -> None:
    arguments = parse()
    torch.set_num_threads(1)
    dataset = read_dataset(arguments.data)
    training = TrainingConfig(size=arguments.size, epochs=arguments.epochs, halved=arguments.halved)
    report = json.loads(arguments.json.read_text()) if arguments.json.exists() else {"dataset": arguments.data.name}
    recipe = report.setdefault("recipes", {}).setdefault(
        arguments.name, {"training": asdict(training), "labels": arguments.labels, "fold": arguments.fold, "runs": {}}
    )
    for seed in arguments.seeds:
        if str(seed) not in recipe["runs"]:
            recipe["runs"][str(seed)] = run(dataset, arguments.fold, arguments.labels, training, seed)
            recipe["spread"] = spread(list(recipe["runs"].values()))
            report["cores"] = os.cpu_count()
            arguments.json.write_text(json.dumps(report, indent=1) + "\n")
            print(arguments.name, seed, recipe["runs"][str(seed)], flush=True)
    print(json.dumps(recipe["spread"], indent=1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--name", default="default", help="of the recipe that is measured")
    parser.add_argument("--fold", type=int, default=0, help="the test fold, left alone")
    parser.add_argument("--labels", type=int, default=60)
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--epochs", type=int, default=TrainingConfig.epochs)
    parser.add_argument("--halved", type=float, default=TrainingConfig.halved, help="share of the steps at half size")
    parser.add_argument("--seeds", type=lambda text: [int(part) for part in text.split(",")], default=[0, 1, 2])
    return parser.parse_args()


def run(dataset: Dataset, fold: int, labels: int, training: TrainingConfig, seed: int) -> dict[str, Any]:
    """Every fold of the pool held out once; counts pooled over them."""
    pool = [places for number, places in enumerate(dataset.folds) if number != fold]
    values = [0, *dataset.classes]
    counts = np.zeros((len(values), len(values)), np.int64)
    start = time.monotonic()
    for held_out in range(len(pool)):
        rest = np.concatenate([places for number, places in enumerate(pool) if number != held_out])
        chosen = np.random.default_rng([seed, held_out]).permutation(rest)[:labels]
        counts += member_counts(dataset, chosen, pool[held_out], training, seed, values)
    seconds = round(time.monotonic() - start, 1)
    return {"iou": metrics.iou(counts), "mean_iou": metrics.mean(metrics.iou(counts)), "seconds": seconds}


def member_counts(
    dataset: Dataset, chosen: Any, held_out: list[int], training: TrainingConfig, seed: int, values: list[int]
) -> Any:
    """One network trained on ``chosen``; its confusion on ``held_out`` at the images' own size."""
    network = NetworkConfig(classes=len(values))
    samples = [indexed(dataset.samples[place], values) for place in chosen]
    state = train_member(samples, network=network, training=training, seed=seed, checkpoint=None, report=lambda _: None)
    trained = build(network)
    trained.load_state_dict(state)
    trained.eval()
    counts = np.zeros((len(values), len(values)), np.int64)
    for place in held_out:
        sample = indexed(dataset.samples[place], values)
        tensor = to_tensor(sample.picture, training.size, channels=network.channels)
        probabilities = restore(predict([trained], tensor[None])[0, 0], sample.picture)
        counts += metrics.confusion(probabilities.argmax(axis=0), sample.mask, classes=len(values))
    return counts


def indexed(sample: Sample, values: list[int]) -> Sample:
    """The sample with class indices instead of class values."""
    table = np.zeros(256, np.uint8)
    table[values] = np.arange(len(values))
    return Sample(picture=sample.picture, mask=table[sample.mask], name=sample.name)


def spread(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and standard deviation over seeds, of the mean IoU and of each class."""
    table = np.array([[run["mean_iou"], *run["iou"]] for run in runs], dtype=float)
    deviation = table.std(axis=0, ddof=1).round(4).tolist() if len(runs) > 1 else None
    return {"columns": "mean IoU, then each class", "mean": table.mean(axis=0).round(4).tolist(), "sd": deviation}


if __name__ == "__main__":
    main()
