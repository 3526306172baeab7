"""Which way of computing is quickest here: precision, layout, torch.compile, a committee at once by vmap or in processes.

    nice python benchmarks/precision.py --json benchmarks/results/precision.json [--size 256 --steps 8 --repeats 3]

Training steps (forward, cross-entropy, backward, AdamW) and looks (forward alone) of the default network, as images a
second of the whole committee of four. Each measurement is a process of its own, the ways take turns, and the middle one of
the repeats counts. "first_s" is what the first step took: compiling pays only where a job lasts much longer than that.
torch.compile needs a C++ compiler, which the machine of a user may lack; where it fails the reason is kept instead.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, replace_all_batch_norm_modules_, stack_module_state, vmap
from torch.nn.functional import cross_entropy

from winnow.segmentation.devices import best_device
from winnow.segmentation.networks import NetworkConfig, build

CLASSES, MEMBERS, BATCH = 4, 4, 8
CORES = len(os.sched_getaffinity(0))

# way: (options, threads of a process, processes side by side)
WAYS: dict[str, tuple[str, int, int]] = {
    "float32": ("", CORES, 1),
    "bfloat16": ("bf16", CORES, 1),
    "bfloat16, channels last": ("bf16 last", CORES, 1),
    "bfloat16, channels last, compiled": ("bf16 last compile", CORES, 1),
    "bfloat16, channels last, vmap": ("bf16 last vmap", CORES, 1),
    "bfloat16, channels last, processes": ("bf16 last", 1, CORES),
    "bfloat16, channels last, compiled, processes": ("bf16 last compile", 1, CORES),
}


def main() -> None:
    arguments = parse()
    if arguments.way is not None:
        torch.set_num_threads(arguments.threads)
        print(json.dumps(measure(set(arguments.way.split()), arguments)))
        return
    ways = [way for way in WAYS if not (torch.cuda.is_available() and "processes" in way)]
    seen: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as cache:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        for repeat in range(arguments.repeats):
            for way in ways:
                seen[way].append(side_by_side(arguments, *WAYS[way]))
                print(repeat, way, seen[way][-1], file=sys.stderr, flush=True)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    report = {"device": device, "cores": CORES, "torch": torch.__version__, "size": arguments.size, "batch": BATCH}
    report |= {"members": MEMBERS, "network": NetworkConfig().name, "steps": arguments.steps}
    report |= {"repeats": arguments.repeats, "ways": {way: middle(runs) for way, runs in seen.items()}}
    arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--way", help="what the processes of this benchmark measure")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def side_by_side(arguments: argparse.Namespace, options: str, threads: int, beside: int) -> dict[str, Any]:
    """The way in so many processes at once: their rates together, or why it cannot be gone."""
    command = [sys.executable, __file__, "--json", "-", "--way", options, "--threads", str(threads)]
    command += ["--size", str(arguments.size), "--steps", str(arguments.steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, env=environment, **pipes) for _ in range(beside)]
    said = [process.communicate() for process in running]
    if any(process.returncode for process in running):
        return {"fails": said[0][1].strip().splitlines()[-1][:200]}
    results = [json.loads(out.splitlines()[-1]) for out, _ in said]
    rates = {name: round(sum(one[name] for one in results), 2) for name in ("train_images_per_s", "look_images_per_s")}
    return rates | {name: round(max(one[name] for one in results), 2) for name in ("train_first_s", "look_first_s")}


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each rate the middle one, the longest first step; the reason where one failed."""
    failed = [run for run in runs if "fails" in run]
    if failed:
        return failed[0]
    # what is compiled is kept on the disk, so only the first repeat shows how long a first step takes
    return {name: (max if "first" in name else statistics.median)(run[name] for run in runs) for name in runs[0]}


def measure(options: set[str], arguments: argparse.Namespace) -> dict[str, float]:
    """Rates and first steps. Without vmap one member stands for all: they come one after the other."""
    device = best_device()
    step, look = (vmapped if "vmap" in options else plain)(options, device)
    batch = torch.randn(BATCH, 1, arguments.size, arguments.size, device=device)
    if "last" in options:
        batch = batch.to(memory_format=torch.channels_last)
    masks = torch.randint(0, CLASSES, (BATCH, arguments.size, arguments.size), device=device)
    members = MEMBERS if "vmap" in options else 1
    rate, first = timed(lambda: step(batch, masks), arguments.steps, members * BATCH)
    with torch.inference_mode():
        look_rate, look_first = timed(lambda: look(batch), arguments.steps, members * BATCH)
    # an image is looked at by all members
    rates = {"train_images_per_s": rate, "look_images_per_s": look_rate / MEMBERS}
    return rates | {"train_first_s": first, "look_first_s": look_first}


def timed(step: Callable[[], Any], steps: int, images: int) -> tuple[float, float]:
    """Images a second after the first two steps, and the seconds of the first."""
    times = []
    for _ in range(steps + 2):
        began = time.perf_counter()
        step()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return images * steps / sum(times[2:]), times[0]


def precision(options: set[str], device: torch.device) -> Any:
    """bfloat16 where it is asked for."""
    return torch.autocast(device.type, torch.bfloat16) if "bf16" in options else nullcontext()


def plain(options: set[str], device: torch.device) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """One member's training step and look."""
    network: Any = build(NetworkConfig(classes=CLASSES)).to(device)
    if "last" in options:
        network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters())
    forward = torch.compile(network) if "compile" in options else network

    def step(images: Tensor, masks: Tensor) -> None:
        network.train()
        optimizer.zero_grad(set_to_none=True)
        with precision(options, device):
            logits = forward(images)
        cross_entropy(logits, masks).backward()
        optimizer.step()

    def look(images: Tensor) -> Tensor:
        network.eval()
        with precision(options, device):
            return forward(images)

    return step, look


def vmapped(options: set[str], device: torch.device) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """All members in one call. Batch norm cannot keep its running statistics in it while training: they are left out."""
    networks: list[nn.Module] = [build(NetworkConfig(classes=CLASSES)).to(device) for _ in range(MEMBERS)]
    for network in networks:
        replace_all_batch_norm_modules_(network)
    weights, buffers = stack_module_state(networks)
    skeleton = networks[0]
    optimizer = torch.optim.AdamW(weights.values())

    def one(member: dict[str, Tensor], kept: dict[str, Tensor], images: Tensor) -> Tensor:
        answer: Tensor = functional_call(skeleton, (member, kept), (images,))
        return answer

    def step(images: Tensor, masks: Tensor) -> None:
        skeleton.train()
        optimizer.zero_grad(set_to_none=True)
        with precision(options, device):
            logits = vmap(one, in_dims=(0, 0, None), randomness="different")(weights, buffers, images)
        cross_entropy(logits.flatten(0, 1), masks.repeat(MEMBERS, 1, 1)).backward()
        optimizer.step()

    def look(images: Tensor) -> Tensor:
        skeleton.eval()
        with precision(options, device):
            return vmap(one, in_dims=(0, 0, None))(weights, buffers, images)

    return step, look


if __name__ == "__main__":
    main()
