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

from winnow.compute.executor import Work
from winnow.compute.local import KILLED, portable
from winnow.errors import ClusterAway, InvalidInput, JobCancelled, OutOfMemory, WinnowError

POLL_SECONDS = 0.5
REPORT_SECONDS = 0.5
PATIENCE = 15.0  # seconds for a scheduler to answer
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
    ) -> list[Any]:
        """See ``Executor.run``. While no worker is there the tasks wait for one. Raises ClusterAway."""
        if not tasks:
            return []
        with self._client() as client, client.as_current():
            shares = [0.0] * len(tasks)
            topic = f"winnow-progress-{client.id}"
            client.subscribe_topic(topic, lambda event: _note(shares, event[1]))
            # bytes, so that the scheduler need not have what a task holds; an own key, or Dask reuses a result
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "10 GiB"}):
                futures = [
                    client.submit(_perform, pickle.dumps((function, task)), index, topic, pure=False)
                    for index, task in enumerate(tasks)
                ]
            try:
                self._watch(futures, shares, on_progress=on_progress, should_stop=should_stop)
                return [pickle.loads(data) for data in client.gather(futures)]  # noqa: S301  (our own worker's)
            except CancelledError:
                raise ClusterAway(LOST.format(address=self.scheduler)) from None
            finally:
                client.cancel(futures)

    def _client(self) -> Client:
        try:
            return Client(self.scheduler, timeout=self.patience, set_as_default=False)  # type: ignore[no-untyped-call]
        except ValueError as error:
            raise InvalidInput(f"{self.scheduler!r} is no address of a Dask scheduler: {error}") from error
        except OSError as error:  # a TimeoutError is one
            raise ClusterAway(
                f"No Dask scheduler answers at {self.scheduler}. Start it, or unset WINNOW_DASK_SCHEDULER."
            ) from error

    def _watch(
        self,
        futures: list[Future[bytes]],
        shares: list[float],
        *,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
    ) -> None:
        """Returns when all tasks have ended well; raises the first error that comes in."""
        pending = futures
        while pending:
            if should_stop():
                raise JobCancelled("The job was cancelled.")
            # Dask says by a TimeoutError that nothing has happened, by a CancelledError that the scheduler is gone
            with suppress(TimeoutError):
                wait(pending, timeout=POLL_SECONDS, return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
            for index, future in enumerate(futures):
                if future.status == "error":
                    raise _error_of(future)
                if future.status == "finished":
                    shares[index] = 1.0
            pending = [future for future in futures if future.status != "finished"]
            on_progress(sum(shares) / len(shares))


def _note(shares: list[float], message: tuple[int, float]) -> None:
    """Takes in what a worker reports. A task that starts again on another worker does not set the progress back."""
    index, share = message
    shares[index] = max(shares[index], share)


def _error_of(future: Future[bytes]) -> BaseException:
    error = future.exception()  # type: ignore[no-untyped-call]
    if isinstance(error, KilledWorker):
        return OutOfMemory(KILLED)
    return error if error is not None else WinnowError("A task of the job failed without saying why.")


def _perform(work: bytes, index: int, topic: str) -> bytes:
    """What a worker does: one task at a time, in one thread; the result is pickled as the task was."""
    with _one_at_a_time:
        function, task = pickle.loads(work)  # noqa: S301  (who reaches the scheduler may run anything anyway)
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
