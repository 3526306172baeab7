"""The one way to run heavy work: the same function over several tasks, side by side, wherever there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

Report = Callable[[float], None]
"""What a task calls with the share it has done, 0..1."""

Work = Callable[[Any, Report], Any]
"""A function at the top level of a module (it is pickled): ``work(task, report)`` returns the task's result."""


class Executor(Protocol):
    """Where tasks run is an executor's business; what they compute is not."""

    def run(
        self,
        function: Work,
        tasks: Sequence[Any],
        *,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
    ) -> list[Any]:
        """Results in the order of the tasks.

        on_progress : called with the mean share done over all tasks, in the caller's thread
        should_stop : polled at least once a second in the caller's thread. When it answers True, or raises, every
                      task is ended at once and JobCancelled, or what it raised, comes out
        raises      : the first task's error that comes in (the others are ended then), in its own class;
                      OutOfMemory when the system killed a task
        """
        ...
