"""Tasks on the workers of a Dask cluster: the only door to Dask (docs/operate/scale.md).

A cluster that already runs is joined; starting it is the operator's business. Needs the extra ``cluster``.
"""

from __future__ import annotations

import pickle
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import dask.config
from distributed import CancelledError, Client, Future, KilledWorker, get_worker, wait
from distributed.client import ClosedClientError
from distributed.comm.core import CommClosedError

from winnow.compute.executor import OnResult, Work
from winnow.compute.local import KILLED, portable
from winnow.errors import ClusterAway, InvalidInput, JobCancelled, OutOfMemory, WinnowError

POLL_SECONDS = 0.5
REPORT_SECONDS = 0.5
PATIENCE = 15.0  # seconds for a scheduler to answer
FEW = 16  # tasks handed out at once, at least
LOST = "The connection to the Dask scheduler {address} was lost. See that it runs, then start the job again."

# networks are built from the process's one generator and trained in one thread, whatever --nthreads a worker has
_one_at_a_time = threading.Lock()


class ClusterExecutor:
    """Runs each task on a worker of the cluster; a worker that dies costs its task only, which another one takes up."""

    def __init__(self, *, scheduler: str, patience: float = PATIENCE) -> None:
        """scheduler: its address, such as tcp://10.0.0.5:8786; patience: seconds it has to answer in."""
        if not scheduler:
            raise InvalidInput("The address of the Dask scheduler is missing: set WINNOW_DASK_SCHEDULER.")
        self.scheduler = scheduler
        self.patience = patience

    def run(
        self,
        function: Work,
        tasks: Sequence[Any],
        *,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
        on_result: OnResult | None = None,
    ) -> list[Any]:
        """See ``Executor.run``. While no worker is there the tasks wait for one. Raises ClusterAway."""
        if not tasks:
            return []
        with self._client() as client, client.as_current():
            batch = _Batch(client, function, tasks, on_result)
            try:
                while not batch.done():
                    if should_stop():
                        raise JobCancelled("The job was cancelled.")
                    if client.status != "running":  # what is submitted while it tries to reconnect is lost
                        raise ClusterAway(LOST.format(address=self.scheduler))
                    batch.step()
                    on_progress(batch.share())
            except (CancelledError, ClosedClientError, CommClosedError):
                raise ClusterAway(LOST.format(address=self.scheduler)) from None
            finally:
                batch.end()
            return batch.results

    def _client(self) -> Client:
        try:
            return Client(self.scheduler, timeout=self.patience, set_as_default=False)  # type: ignore[no-untyped-call]
        except ValueError as error:
            raise InvalidInput(f"{self.scheduler!r} is no address of a Dask scheduler: {error}") from error
        except OSError as error:  # a TimeoutError is one
            raise ClusterAway(
                f"No Dask scheduler answers at {self.scheduler}. Start it, or unset WINNOW_DASK_SCHEDULER."
            ) from error


class _Batch:
    """The tasks of one ``run``: a few are with the scheduler, a result makes room for the next."""

    def __init__(self, client: Client, function: Work, tasks: Sequence[Any], on_result: OnResult | None) -> None:
        self.client = client
        self.tasks = tasks
        self.on_result = on_result
        self.results: list[Any] = [None] * len(tasks)
        self._shares = [0.0] * len(tasks)
        self._waiting = iter(range(len(tasks)))
        self._out: dict[Future[bytes], int] = {}
        # enough that no worker waits, and a few for workers that may still come; never all of a large pool
        self._room = max(FEW, 2 * client.scheduler_info()["n_workers"])
        self._topic = f"winnow-progress-{client.id}"
        client.subscribe_topic(self._topic, lambda event: self._note(event[1]))  # type: ignore[no-untyped-call]
        # goes along with every task: as a task of its own Dask would queue all others behind it, at the one worker that
        # holds it, while the rest stand idle
        self._work = pickle.dumps(function)

    def done(self) -> bool:
        return all(share == 1.0 for share in self._shares) and not self._out

    def share(self) -> float:
        return sum(self._shares) / len(self._shares)

    def step(self) -> None:
        """Hands one more task out where there is room, else waits a moment; takes in what has ended."""
        index = next(self._waiting, None) if len(self._out) < self._room else None
        if index is not None:
            # bytes, so that the scheduler need not have what a task holds
            task = pickle.dumps(self.tasks[index])
            self._out[self._submit(_perform, self._work, task, index, self._topic)] = index
        # Dask says by a TimeoutError that nothing has happened, by a CancelledError that the scheduler is gone
        with suppress(TimeoutError):
            seconds = POLL_SECONDS if index is None else 0
            wait(list(self._out), timeout=seconds, return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
        for future in [future for future in self._out if future.status in {"finished", "error"}]:
            self._take(future)

    def end(self) -> None:
        self.client.cancel(list(self._out))  # type: ignore[no-untyped-call]

    def _take(self, future: Future[bytes]) -> None:
        """One task's result; raises its error."""
        if future.status == "error":
            raise _error_of(future)
        index, value = self._out[future], pickle.loads(future.result())  # noqa: S301  (our own worker's)
        del self._out[future]
        self.results[index], self._shares[index] = value, 1.0
        if self.on_result:
            self.on_result(index, value)

    def _submit(self, function: Callable[..., bytes], *arguments: Any) -> Future[bytes]:
        # an own key (not pure), or Dask reuses a result
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "10 GiB"}):
            return self.client.submit(function, *arguments, pure=False)

    def _note(self, message: tuple[int, float]) -> None:
        """What a worker reports. A task that starts again on another worker does not set the progress back."""
        index, share = message
        self._shares[index] = max(self._shares[index], share)


def _error_of(future: Future[bytes]) -> BaseException:
    error = future.exception()  # type: ignore[no-untyped-call]
    if isinstance(error, KilledWorker):
        return OutOfMemory(KILLED)
    return error if error is not None else WinnowError("A task of the job failed without saying why.")


def _perform(work: bytes, given: bytes, index: int, topic: str) -> bytes:
    """What a worker does: one task at a time, in one thread; the result is pickled as the task was."""
    with _one_at_a_time:
        # who reaches the scheduler may run anything anyway
        function, task = pickle.loads(work), pickle.loads(given)  # noqa: S301
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        try:
            return pickle.dumps(function(task, _Reporter(index, topic)), protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001  (whatever it is, the job's process raises it)
            raise portable(error) from None


class _Reporter:
    """The task's ``report``: sends the share done, and ends a task that nobody waits for any more.

    A thread cannot be killed; a training asks here after each step. Dask cancels a task when the job is stopped, and
    also when the job's process has died.
    """

    def __init__(self, index: int, topic: str) -> None:
        self.index = index
        self.topic = topic
        self.worker = get_worker()
        self.key = self.worker.get_current_task()
        self.next = 0.0

    def __call__(self, share: float) -> None:
        task = self.worker.state.tasks.get(self.key)
        if task is None or task.state != "executing":
            raise JobCancelled("The job was cancelled.")
        now = time.monotonic()
        if now >= self.next:
            self.next = now + REPORT_SECONDS
            message = (self.index, min(max(share, 0.0), 1.0))
            self.worker.loop.add_callback(self.worker.log_event, self.topic, message)
