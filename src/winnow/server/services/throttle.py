"""Slows down who guesses passwords: after a few failures each further one costs a longer wait (OWASP ASVS 2.2.1).

Failures are counted by name and address, and by name alone, much more generously, against guesses from many addresses.
The second count does not hold for addresses that the person has signed in from lately: nobody can lock them out of
their usual place. A name that nobody has is counted like any other, so that waiting tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from winnow.errors import TooManyAttempts
from winnow.server import storage
from winnow.server.models import Attempts

FREE, FREE_ANYWHERE = 5, 50  # failures before the first wait
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=12)
KNOWN_FOR = timedelta(days=30)


def wait_after(failures: int, *, free: int) -> timedelta:
    """How long to wait after so many failures: nothing for the first few, then 5 s, 10 s, 20 s ... 15 minutes."""
    if failures <= free:
        return timedelta()
    doublings = min(failures - free - 1, 20)
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << doublings))


def check(*, name: str, address: str) -> None:
    """Raises TooManyAttempts, which says when to try again, while this name has to wait at this address."""
    now = timezone.now()
    rows = {row.key: row for row in Attempts.objects.filter(key__in=_keys(name, address))}
    here, anywhere = (rows.get(key) for key in _keys(name, address))
    until = _until(here, free=FREE, now=now)
    if here is None or here.succeeded_at is None or now - here.succeeded_at > KNOWN_FOR:
        until = max(until, _until(anywhere, free=FREE_ANYWHERE, now=now))
    if until > now:
        seconds = int((until - now).total_seconds()) + 1
        raise TooManyAttempts(f"Too many wrong attempts: try again in {seconds} s.", seconds=seconds)


def failed(*, name: str, address: str) -> None:
    """Count a failure. One that comes half a day after the last is the first again."""
    now = timezone.now()
    for key, anywhere in zip(_keys(name, address), (False, True), strict=True):
        row = Attempts.objects.filter(key=key)
        row.filter(failed_at__lt=now - FORGOTTEN_AFTER).update(failures=0)
        if not row.update(failures=F("failures") + 1, failed_at=now):
            _insert(Attempts(key=key, anywhere=anywhere, failures=1, failed_at=now))


def succeeded(*, name: str, address: str) -> None:
    """Forget the failures here, and know the address. Those from elsewhere stay counted."""
    now = timezone.now()
    key, _ = _keys(name, address)
    if not Attempts.objects.filter(key=key).update(failures=0, succeeded_at=now):
        _insert(Attempts(key=key, succeeded_at=now))


def forget_old() -> None:
    """Remove the rows that no longer change anything."""
    now = timezone.now()
    old_failure = Q(failed_at=None) | Q(failed_at__lt=now - FORGOTTEN_AFTER)
    old_success = Q(succeeded_at=None) | Q(succeeded_at__lt=now - KNOWN_FOR)
    Attempts.objects.filter(old_failure & old_success).delete()


def _until(row: Attempts | None, *, free: int, now: datetime) -> datetime:
    if row is None or row.failed_at is None or now - row.failed_at > FORGOTTEN_AFTER:
        return now
    return row.failed_at + wait_after(row.failures, free=free)


def _insert(row: Attempts) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # another request has just made it: one failure more or less
        pass


def _keys(name: str, address: str) -> tuple[str, str]:
    """The keys of a name at an address, and of the name anywhere."""
    return _key(name, _network(address)), _key(name, "")


def _key(name: str, address: str) -> str:
    text = f"{name.strip().casefold()}\0{address}".encode("utf-8", "surrogatepass")
    return hmac.new(storage.secrets_key(), text, hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """Whoever has one IPv6 address has 2 ** 64 of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)
