"""Where heavy work runs: one protocol (executor.py), one way of running it for each place (local.py)."""

from __future__ import annotations

from winnow.compute.executor import Executor
from winnow.compute.local import LocalExecutor
from winnow.errors import InvalidInput


def make_executor(kind: str = "local", *, max_workers: int | None = None) -> Executor:
    """The executor of that name. Raises InvalidInput for one this version does not have."""
    if kind != "local":
        raise InvalidInput(f"There is no executor named {kind!r}; there is: local.")
    return LocalExecutor(max_workers=max_workers)
