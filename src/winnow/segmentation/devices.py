"""Where and in which precision networks compute, and how they say that memory ran out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.cpu

from winnow.errors import OutOfMemory


def best_device() -> torch.device:
    """The GPU where torch sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 convolutions are quicker there than float32.

    Read from the processor's abilities, never timed: the same machine always trains in the same precision, so that a
    seed reproduces. On a CPU with AVX512-BF16 a training step takes 0.9 s instead of 2.5 s; without, it is emulated.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16"))


def mixed_precision(device: torch.device) -> torch.autocast:
    """Autocast to bfloat16 where that pays, else nothing."""
    return torch.autocast(device.type, torch.bfloat16, enabled=fast_bfloat16(device))


@contextmanager
def memory_errors(advice: str) -> Iterator[None]:
    """Turns "memory ran out", in any of torch's ways of saying it, into OutOfMemory with this advice."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        raise OutOfMemory(advice) from error


def _is_out_of_memory(error: MemoryError | RuntimeError) -> bool:
    # on a CPU torch says it only in the text of a plain RuntimeError
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)
