"""Tasks in processes of this machine, one thread each, as many at once as there are processors.

Processes and not threads: memory goes back at the end, a crash stays its own, and OpenMP threads that wait for each
other collapse as soon as the machine is shared. A process takes task after task: starting one costs seconds.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from winnow.compute.executor import OnResult, Work
from winnow.errors import InvalidInput, JobCancelled, OutOfMemory, WinnowError

POLL_SECONDS = 0.5
REPORT_SECONDS = 0.2
KILLED = (
    "The system ended a training process, most likely because memory ran out. "
    "Close other programs, or choose a smaller image size, and start the job again."
)


class LocalExecutor:
    """Runs the tasks in fresh processes; none outlives ``run``, nor this process, however that one ends."""

    def __init__(self, *, max_workers: int | None = None) -> None:
        if max_workers is not None and max_workers < 1:
            raise InvalidInput(f"At least one process must be allowed, not {max_workers}.")
        self.max_workers = max_workers or len(os.sched_getaffinity(0))

    def run(
        self,
        function: Work,
        tasks: Sequence[Any],
        *,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
        on_result: OnResult | None = None,
    ) -> list[Any]:
        """See ``Executor.run``."""
        waiting = iter(range(len(tasks)))
        results: list[Any] = [None] * len(tasks)
        shares = [0.0] * len(tasks)
        children: dict[Connection, _Child] = {}
        try:
            # pickled here and opened in the children once they are set up: opening it loads torch
            work = pickle.dumps(function, protocol=pickle.HIGHEST_PROTOCOL)
            for _ in range(min(self.max_workers, len(tasks))):
                child = _Child(work)
                children[child.messages] = child
            while children:
                if should_stop():
                    raise JobCancelled("The job was cancelled.")
                for connection in wait(list(children), timeout=POLL_SECONDS):
                    child = children[connection]  # type: ignore[index]  # wait() gives back what it was given
                    kind, value = child.receive()
                    if kind == "progress":
                        shares[child.index] = value
                        continue
                    if kind == "result":
                        shares[child.index], results[child.index] = 1.0, value
                        if on_result:
                            on_result(child.index, value)
                    index = next(waiting, None)
                    if index is None:
                        children.pop(child.messages).end()
                    else:
                        child.take(index, tasks[index])
                on_progress(sum(shares) / len(shares))
        finally:
            for child in children.values():
                child.end()
        return results


class _Child:
    """A process and the pipe that tasks go out through and answers come back."""

    index: int  # of the task it is at

    def __init__(self, work: bytes) -> None:
        context = multiprocessing.get_context("spawn")
        self.messages, inner = context.Pipe()
        self.process: BaseProcess = context.Process(target=_main, args=(inner, work), daemon=True)
        self.process.start()
        inner.close()  # so that the child's end is the only one, and its death is seen as the end of the pipe

    def take(self, index: int, task: Any) -> None:
        """Begin with the task; only for a child that said it is ready or gave a result, for others do not read."""
        self.index = index
        try:
            self.messages.send_bytes(pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL))
        except OSError:
            raise self._death() from None

    def receive(self) -> tuple[str, Any]:
        """("ready", None), ("progress", share) or ("result", value).

        Raises the task's error, or what its sudden death means.
        """
        try:
            kind, value = pickle.loads(self.messages.recv_bytes())  # noqa: S301  (our own child wrote it)
        except (EOFError, OSError):  # OSError: killed in the middle of a message
            raise self._death() from None
        if kind == "error":
            raise value
        return kind, value

    def end(self) -> None:
        """Ends the process at once; its checkpoints are whole at any moment."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self.messages.close()

    def _death(self) -> WinnowError:
        self.process.join(timeout=10)
        code = self.process.exitcode or 0
        if code == -signal.SIGKILL:
            return OutOfMemory(KILLED)
        reason = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return WinnowError(f"A process of the job ended unexpectedly ({reason}); start the job again.")


def _main(messages: Connection, work: bytes) -> None:
    """What a child process does: the tasks it is given, and its end when the parent is gone."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C goes to the whole group; the parent decides
    os.nice(5)  # the pages stay quick while all processors train
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        function = pickle.loads(work)  # noqa: S301  (our own parent wrote it)
        _one_thread()
        _send(messages, "ready", None)
        while True:
            task = pickle.loads(messages.recv_bytes())  # noqa: S301
            _send(messages, "result", function(task, _Reporter(messages)))
    except BaseException as error:  # noqa: BLE001  (whatever it is, the parent raises it)
        _send(messages, "error", portable(error))


def _send(messages: Connection, kind: str, value: Any) -> None:
    # plain pickle: Connection.send's own would pass torch's tensors as open files that end with the child
    messages.send_bytes(pickle.dumps((kind, value), protocol=pickle.HIGHEST_PROTOCOL))


def _die_with_parent() -> None:
    """A parent killed with SIGKILL cannot say goodbye; the pipe multiprocessing keeps to it then closes."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _one_thread() -> None:
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


class _Reporter:
    """The task's ``report``: sends the share done, a few times a second at most."""

    def __init__(self, messages: Connection) -> None:
        self.messages = messages
        self.next = 0.0

    def __call__(self, share: float) -> None:
        now = time.monotonic()
        if now >= self.next:
            self.next = now + REPORT_SECONDS
            _send(self.messages, "progress", min(max(share, 0.0), 1.0))


def portable(error: BaseException) -> Exception:
    """The error as it can cross to the parent, with the child's traceback as a note."""
    if isinstance(error, MemoryError):
        return OutOfMemory(KILLED)
    if isinstance(error, Exception):
        error.add_note("".join(traceback.format_exception(error)))
        if _pickles(error):
            return error
    return WinnowError(f"A process of the job failed: {error!r}", trace="".join(traceback.format_exception(error)))


def _pickles(error: Exception) -> bool:
    """Some errors refuse to be pickled, others to come back: their class takes other arguments than it kept."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  (just written)
    except Exception:  # noqa: BLE001  (any error's own pickling may fail in any way)
        return False
    return True
