"""What an authenticator app computes, from RFC 6238 and RFC 4226 alone."""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import b32decode


def code_of(key: str, *, steps: int = 0, at: float | None = None) -> str:
    """The six digits of this key, now or so many half minutes later."""
    counter = int(time.time() if at is None else at) // 30 + steps
    digest = hmac.new(b32decode(key), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"
