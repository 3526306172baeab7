"""The tasks one after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from winnow.compute.executor import Report, Work
from winnow.errors import JobCancelled


class SerialExecutor:
    """For work that is a task itself: its own parts need no processes, where each processor has one already."""

    def run(
        self,
        function: Work,
        tasks: Sequence[Any],
        *,
        on_progress: Callable[[float], None],
        should_stop: Callable[[], bool],
        on_result: Callable[[int, Any], None] | None = None,
    ) -> list[Any]:
        """See ``Executor.run``; a task that never reports is not stopped before its end."""

        def reporter(place: int) -> Report:
            def report(share: float) -> None:
                if should_stop():
                    raise JobCancelled("The job was cancelled.")
                on_progress((place + share) / len(tasks))

            return report

        results = []
        for place, task in enumerate(tasks):
            results.append(function(task, reporter(place)))
            reporter(place)(1.0)
            if on_result:
                on_result(place, results[-1])
        return results
