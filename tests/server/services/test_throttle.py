"""Guessing gets slower and slower; nobody is locked out of the place they work at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from winnow.errors import TooManyAttempts
from winnow.server.models import Attempts
from winnow.server.services import throttle
from winnow.server.services.throttle import FORGOTTEN_AFTER, FREE, FREE_ANYWHERE, KNOWN_FOR, wait_after

pytestmark = pytest.mark.django_db
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.1"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``clock(seconds)`` lets time pass."""
    now = [timezone.now()]
    monkeypatch.setattr(throttle.timezone, "now", lambda: now[0])

    def later(time: float | timedelta) -> None:
        now[0] += time if isinstance(time, timedelta) else timedelta(seconds=time)

    return later


def fail(times: int, *, name: str = "ann", address: str = HOME) -> None:
    for _ in range(times):
        throttle.failed(name=name, address=address)


def wait(*, name: str = "ann", address: str = HOME) -> int:
    """How long it has to wait now, in seconds."""
    try:
        throttle.check(name=name, address=address)
    except TooManyAttempts as error:
        return int(error.detail["seconds"])
    return 0


def test_the_wait_grows_to_a_quarter_of_an_hour() -> None:
    seconds = [wait_after(failures, free=5).total_seconds() for failures in range(16)]
    assert seconds == [0, 0, 0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert wait_after(10**6, free=5) == timedelta(minutes=15)


def test_a_few_failures_are_free_and_the_rest_costs(clock: Any) -> None:
    fail(FREE)
    assert wait() == 0
    fail(1)
    assert 5 <= wait() <= 6
    clock(7)
    assert wait() == 0
    fail(1)
    assert 10 <= wait() <= 11
    assert wait(name=" ANN ") == wait(), "upper and lower case are one name"
    assert (wait(address=ELSEWHERE), wait(name="bob")) == (0, 0)


def test_success_and_time_clear_the_count(clock: Any) -> None:
    fail(FREE + 3)
    throttle.succeeded(name="ann", address=HOME)
    assert wait() == 0
    fail(FREE + 3)
    clock(FORGOTTEN_AFTER + timedelta(seconds=1))
    fail(1)
    assert (wait(), Attempts.objects.get(anywhere=False).failures) == (0, 1)


def test_many_addresses_do_not_help_and_do_not_lock_out(clock: Any) -> None:
    throttle.succeeded(name="ann", address=HOME)
    for number in range(FREE_ANYWHERE + 5):
        fail(1, address=f"192.0.2.{number}")
    assert wait(address=ELSEWHERE) > 60
    assert wait(address=HOME) == 0, "who signed in there lately is let in"
    clock(KNOWN_FOR + timedelta(seconds=1))
    for number in range(FREE_ANYWHERE + 5):
        fail(1, address=f"192.0.2.{number}")
    assert wait(address=HOME) > 60


def test_an_ipv6_address_counts_by_its_network() -> None:
    for number in range(FREE + 1):
        fail(1, address=f"2001:db8:0:1::{number}")
    assert wait(address="2001:db8:0:1:ffff::1") > 0
    assert wait(address="2001:db8:0:2::1") == 0


def test_nothing_that_was_typed_is_stored() -> None:
    fail(1, name="my secret passphrase")
    stored = str(list(Attempts.objects.values()))
    assert "secret" not in stored
    assert HOME not in stored


def test_what_no_longer_matters_goes(clock: Any) -> None:
    fail(1, name="old")
    throttle.succeeded(name="ann", address=HOME)
    clock(FORGOTTEN_AFTER + timedelta(seconds=1))
    fail(1, name="new")
    throttle.forget_old()
    assert Attempts.objects.count() == 3
    clock(KNOWN_FOR + timedelta(seconds=1))
    throttle.forget_old()
    assert not Attempts.objects.exists()
