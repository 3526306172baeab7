"""Images a second in training: Winnow's loop against a plain MONAI loop, with the same network, in the same run.

    pip install --no-deps -r benchmarks/requirements.txt --target /tmp/monai
    PYTHONPATH=/tmp/monai python benchmarks/throughput.py --json benchmarks/results/throughput.json

--no-deps, because MONAI needs numpy and torch only, and a resolver may bring another torch. The network is MONAI's own
BasicUNet in both: Winnow trains it through ``train_member`` as it trains its own. MONAI's loop is the usual one: a
CacheDataset, dictionary transforms (flip, affine, intensity, noise), its DataLoader, DiceCELoss and Adam.

Each measurement is a process of its own, the two sides take turns, and the middle one of the repeats counts. "core": one
thread each. "machine": Winnow trains a member on each core, as it does a committee; MONAI gives the one training all
cores and as many loader processes. "share_of_peak" is what the loop reaches of the arithmetic that big bf16 convolutions
reach on one core in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from plain_monai import BATCH, CLASSES, IMAGES, WARM_UP, WIDTHS, Clock, basic_unet, samples, train_plainly
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from winnow.segmentation.devices import best_device, mixed_precision
from winnow.segmentation.networks import NETWORKS, NetworkConfig, SegmentationNetwork
from winnow.segmentation.training import TrainingConfig, train_member


def main() -> None:
    arguments = parse()
    if arguments.step:
        torch.set_num_threads(arguments.threads)
        result = STEPS[arguments.step](arguments)
        print(json.dumps(result))
        return
    cores = len(os.sched_getaffinity(0))
    rates: dict[str, list[float]] = {}
    peaks, flops = [], 0.0
    for repeat in range(arguments.repeats):
        for name, step, threads, beside in plan(cores):
            results = side_by_side(arguments, step, threads=threads, beside=beside)
            rates.setdefault(name, []).append(round(sum(result["images_per_s"] for result in results), 2))
            flops = results[0].get("flops_per_image", flops)
            print(repeat, name, rates[name][-1], file=sys.stderr, flush=True)
        peaks.append(side_by_side(arguments, "peak", threads=1, beside=1)[0]["flops"])
    report = summary(rates, peaks, flops) | {"repeats": arguments.repeats, "steps": arguments.steps}
    about = {"cores": cores, "device": device_name(), "size": arguments.size, "batch": BATCH, "images": IMAGES}
    about |= {"network": f"monai BasicUNet {WIDTHS}", "torch": torch.__version__}
    arguments.json.write_text(json.dumps(about | report, indent=1) + "\n")
    print(json.dumps(about | report, indent=1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=30, help="optimiser steps that are counted")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--step", choices=STEPS, help="what the processes of this benchmark do")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def plan(cores: int) -> list[tuple[str, str, int, int]]:
    """(name, step, threads of a process, processes side by side)."""
    return [
        ("winnow core", "winnow", 1, 1),
        ("monai core", "monai", 1, 1),
        ("monai bf16 core", "monai_bf16", 1, 1),
        ("winnow machine", "winnow", 1, 1 if torch.cuda.is_available() else cores),
        ("monai machine", "monai", cores, 1),
        ("monai bf16 machine", "monai_bf16", cores, 1),
    ]


def side_by_side(arguments: argparse.Namespace, step: str, *, threads: int, beside: int) -> list[dict[str, Any]]:
    """The step in so many processes at once."""
    command = [sys.executable, __file__, "--json", "-", "--step", step, "--threads", str(threads)]
    command += ["--size", str(arguments.size), "--steps", str(arguments.steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(beside)]
    said = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        sys.exit(f"{step} failed")
    return [json.loads(text.splitlines()[-1]) for text in said]


def summary(rates: dict[str, list[float]], peaks: list[float], flops: float) -> dict[str, Any]:
    """Middle rates, ratios of them, and the share of the peak."""
    middle = {name: statistics.median(values) for name, values in rates.items()}
    peak = statistics.median(peaks)
    ratios = {
        f"{side}{precision}": round(middle[f"winnow {side}"] / middle[f"monai{precision} {side}"], 2)
        for side in ("core", "machine")
        for precision in ("", " bf16")
    }
    return {
        "images_per_s": middle,
        "all_images_per_s": rates,
        "times_as_many_as_monai": ratios,
        "gflops_per_image": round(flops / 1e9, 2),
        "peak_gflops": round(peak / 1e9, 1),
        "share_of_peak": round(middle["winnow core"] * flops / peak, 3),
    }


def device_name() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


class Wrapped(SegmentationNetwork):
    """MONAI's network under Winnow's interface."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config, descriptor=WIDTHS[4])
        self.net = basic_unet()

    def scales(self, x: Tensor) -> list[Tensor]:
        scales = [self.net.conv_0(x)]
        for down in (self.net.down_1, self.net.down_2, self.net.down_3, self.net.down_4):
            scales.append(down(scales[-1]))
        return scales

    def decode(self, scales: list[Tensor], size: torch.Size) -> list[Tensor]:  # noqa: ARG002  (all sizes fit)
        *across, x = scales
        for up in (self.net.upcat_4, self.net.upcat_3, self.net.upcat_2, self.net.upcat_1):
            x = up(x, across.pop())
        return [self.net.final_conv(x)]


def winnow(arguments: argparse.Namespace) -> dict[str, float]:
    """Winnow's own training of the network."""
    NETWORKS["basic_unet"] = Wrapped
    clock = Clock(arguments.steps)
    config = NetworkConfig("basic_unet", 1, CLASSES)
    training = TrainingConfig(
        size=arguments.size, epochs=1, least_steps=WARM_UP + arguments.steps, batch=BATCH, halved=0
    )
    train_member(samples(), network=config, training=training, seed=0, checkpoint=None, report=clock)
    with FlopCounterMode(display=False) as counter:
        Wrapped(config)(torch.zeros(1, 1, arguments.size, arguments.size)).sum().backward()
    return clock.rate() | {"flops_per_image": float(counter.get_total_flops())}


def peak(arguments: argparse.Namespace) -> dict[str, float]:  # noqa: ARG001  (all steps have one signature)
    """Floating point operations a second of big bf16 convolutions, forward and backward, the best of many."""
    device = best_device()
    conv = torch.nn.Conv2d(256, 256, 3, padding=1, bias=False).to(device, memory_format=torch.channels_last)
    x = torch.randn(16 if device.type == "cuda" else 4, 256, 64, 64, device=device, requires_grad=True)
    x = x.to(memory_format=torch.channels_last)
    best = float("inf")
    for _ in range(12):
        began = time.perf_counter()
        with mixed_precision(device):
            y = conv(x)
        y.sum().backward()
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - began)
    return {"flops": 3 * 2 * 256 * 256 * 9 * x.shape[0] * 64 * 64 / best}


STEPS: dict[str, Callable[[argparse.Namespace], dict[str, float]]] = {
    "winnow": winnow,
    "monai": train_plainly,
    "monai_bf16": partial(train_plainly, autocast=True),
    "peak": peak,
}

if __name__ == "__main__":
    main()
