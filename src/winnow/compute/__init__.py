"""Where heavy work runs: one protocol (executor.py), one way of running it for each place (local.py, cluster.py)."""

from __future__ import annotations

from winnow.compute.executor import Executor
from winnow.compute.local import LocalExecutor
from winnow.errors import InvalidInput


def make_executor(kind: str = "local", *, max_workers: int | None = None, scheduler: str = "") -> Executor:
    """The executor of that name.

    kind        : "local", processes of this machine, or "dask", the workers of a cluster
    max_workers : of "local", how many processes at once; None: one for each processor
    scheduler   : of "dask", the scheduler's address
    raises      : InvalidInput for another name, or for "dask" where the extra ``cluster`` is not installed
    """
    if kind == "local":
        return LocalExecutor(max_workers=max_workers)
    if kind != "dask":
        raise InvalidInput(f"There is no executor named {kind!r}; there are: local, dask.")
    try:
        from winnow.compute.cluster import ClusterExecutor  # noqa: PLC0415  (an extra, and slow to load)
    except ModuleNotFoundError as error:
        raise InvalidInput("A Dask cluster needs: pip install -c constraints.txt '.[cluster]'") from error
    return ClusterExecutor(scheduler=scheduler)
