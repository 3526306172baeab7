"""What the images without labels are worth when labels are few: pre-training and self-training, each against neither.

    nice python benchmarks/few_labels.py --data FOLDER --json benchmarks/results/few_labels.json [--labels 8,16,40] …

FOLDER is a labelled folder. The test fold (--fold) is never looked at: each other fold is held out once; of the rest
of the pool the first --labels images of a shuffle by seed and fold have their masks, the others are pixels only.
Compared in pairs: same labels, same seed, same optimiser steps of the same batch in the training that is measured.

    plain                  the recipe of ``segmentation.training`` by itself
    pretrained             starts from a network that has learned to fill in blanked squares of the pool's pictures
    selftrained            half of each batch are unlabelled pictures with the mask of ``plain`` where it is sure
    committee              four networks on resampled labels, as Winnow trains them; their mean is measured
    selftrained_committee  half of each batch with the masks of ``committee``; compared with that

Cumulative: cells found in the JSON are kept, and only what is missing is trained.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import t as student
from unlabelled import METHODS, Cell, Networks

from winnow.active.dataset import Dataset, read_dataset
from winnow.segmentation import metrics
from winnow.segmentation.data import Sample, channels_of, restore, to_tensor, to_tensors
from winnow.segmentation.inference import predict
from winnow.segmentation.networks import NetworkConfig
from winnow.segmentation.training import TrainingConfig

BASES = {"pretrained": "plain", "selftrained": "plain", "selftrained_committee": "committee"}


def main() -> None:
    arguments = parse()
    torch.set_num_threads(1)
    dataset = read_dataset(arguments.data)
    # as it was when the results were made: every step at the full size, five of them an epoch at least
    training = TrainingConfig(size=arguments.size, epochs=arguments.epochs, least_steps=5, halved=0)
    heading = {"dataset": arguments.data.name, "fold": arguments.fold, "network": arguments.network}
    heading |= {"training": asdict(training)}
    report = json.loads(arguments.json.read_text()) if arguments.json.exists() else {**heading, "cells": {}}
    assert {key: report[key] for key in heading} == heading, "the file holds another experiment"
    inner = [number for number in range(len(dataset.folds)) if number != arguments.fold]
    for labels, seed, held_out in product(arguments.labels, arguments.seeds, inner):
        found = report["cells"].setdefault(f"seed {seed}/labels {labels}/fold {held_out}", {})
        cell = None
        for method in (name for name in arguments.methods if name not in found):
            cell = cell or make_cell(dataset, inner, held_out, labels, training, arguments.network, seed)
            start = time.process_time()
            networks = cell.train(method)
            cost = {"cpu_s": round(time.process_time() - start, 1)}
            found[method] = cost | score(networks, dataset, held_out, training)
            report |= {"cores": os.cpu_count(), "comparison": compare(report["cells"])}
            arguments.json.write_text(json.dumps(report, indent=1) + "\n")
            print(seed, labels, held_out, method, found[method]["mean_iou"], found[method]["iou"], flush=True)
    for line in report["comparison"].items():
        print(*line)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    numbers = {"type": lambda text: [int(part) for part in text.split(",")]}
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--methods", type=lambda text: text.split(","), default=list(METHODS))
    parser.add_argument("--network", default=NetworkConfig().name)
    parser.add_argument("--fold", type=int, default=0, help="the test fold, left alone")
    parser.add_argument("--labels", **numbers, default=[8, 16, 40])
    parser.add_argument("--seeds", **numbers, default=[0, 1])
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=TrainingConfig.epochs)
    return parser.parse_args()


def make_cell(
    dataset: Dataset, inner: list[int], held_out: int, labels: int, training: TrainingConfig, network: str, seed: int
) -> Cell:
    rest = np.concatenate([dataset.folds[number] for number in inner if number != held_out])
    shuffled = np.random.default_rng([seed, inner.index(held_out)]).permutation(rest)
    values = [0, *dataset.classes]
    samples = [indexed(dataset.samples[place], values) for place in shuffled]
    config = NetworkConfig(
        name=network, channels=channels_of([sample.picture for sample in samples]), classes=len(values)
    )
    images, masks = to_tensors(samples, size=training.size, channels=config.channels, classes=config.classes)
    return Cell(images[:labels], masks[:labels], images[labels:], config, training, seed)


def indexed(sample: Sample, values: list[int]) -> Sample:
    """The sample with class indices instead of class values."""
    table = np.zeros(256, np.uint8)
    table[values] = np.arange(len(values))
    return replace(sample, mask=table[sample.mask])


def score(networks: Networks, dataset: Dataset, held_out: int, training: TrainingConfig) -> dict[str, Any]:
    """The confusion over the held out fold, at the images' own size, and what follows from it."""
    values = [0, *dataset.classes]
    counts = np.zeros((len(values), len(values)), np.int64)
    for place in dataset.folds[held_out]:
        sample = indexed(dataset.samples[place], values)
        tensor = to_tensor(sample.picture, training.size, channels=networks[0].config.channels)
        guess = restore(predict(networks, tensor[None]).mean(axis=0)[0], sample.picture).argmax(axis=0)
        counts += metrics.confusion(guess, sample.mask, classes=len(values))
    return {"counts": counts.tolist(), "iou": metrics.iou(counts), "mean_iou": metrics.mean(metrics.iou(counts))}


def compare(cells: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """For each label count, and over all: each method's mean IoU and what it adds to its base in the same cell."""
    answer: dict[str, Any] = {}
    for count in ["all", *dict.fromkeys(name.split("/")[1] for name in cells)]:
        of = [cell for name, cell in cells.items() if count in ("all", name.split("/")[1])]
        answer[count] = {}
        for method in METHODS:
            found = [cell for cell in of if method in cell]
            if found:
                answer[count][method] = {
                    "mean_iou": round(float(np.mean([one[method]["mean_iou"] for one in found])), 4)
                }
            pairs = [(one[method]["mean_iou"], one[BASES[method]]["mean_iou"]) for one in found if method in BASES]
            if pairs:
                answer[count][method]["gain"] = interval(np.array([one - other for one, other in pairs]))
    return answer


def interval(gains: NDArray[np.float64]) -> dict[str, Any]:
    """Mean of paired differences with the half width of its 95 % interval by Student's t."""
    half = student.ppf(0.975, len(gains) - 1) * gains.std(ddof=1) / len(gains) ** 0.5 if len(gains) > 1 else None
    return {"mean": round(float(gains.mean()), 4), "interval": half and round(float(half), 4), "pairs": len(gains)}


if __name__ == "__main__":
    main()
