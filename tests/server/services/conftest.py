from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection

T = TypeVar("T")


@pytest.fixture
def at_once() -> Callable[[Callable[[Any], T], Iterable[Any]], list[T | Exception]]:
    """Run a function for each item in a thread of its own, all starting together; results or errors, in order."""

    def run(function: Callable[[Any], T], items: Iterable[Any]) -> list[T | Exception]:
        given = list(items)
        start = Barrier(len(given))

        def one(item: Any) -> T | Exception:
            try:
                start.wait()
                return function(item)
            except Exception as error:  # noqa: BLE001 the test looks at it
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(len(given)) as pool:
            return list(pool.map(one, given))

    return run
