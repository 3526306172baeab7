"""The one way to run heavy work: the same function over several tasks, side by side, wherever there is room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

Report = Callable[[float], None]
"""What a task calls with the share it has done, 0..1."""

Work = Callable[[Any, Report], Any]
"""``work(task, report)`` returns the task's result. It is pickled: a function at the top level of a module, or a
``functools.partial`` of one, which brings what all tasks share."""

OnResult = Callable[[int, Any], None]
"""What is called with the place of a task and its result as soon as that is there, in the caller's thread."""


class Executor(Protocol):
    """Where tasks run is an executor's business; what they compute is not."""

    def run(
        self,
        function: Work,
        tasks: Sequence[Any],
        *,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
        on_result: OnResult | None = None,
    ) -> list[Any]:
        """Results in the order of the tasks.

        tasks       : each is asked for when there is room for it, so a sequence that makes its items as they are asked
                      for need not fit into memory
        on_progress : called with the mean share done over all tasks, in the caller's thread
        should_stop : polled at least once a second in the caller's thread. When it answers True, or raises, every
                      task is ended at once and JobCancelled, or what it raised, comes out
        raises      : the first task's error that comes in (the others are ended then), in its own class;
                      OutOfMemory when the system killed a task
        """
        ...
