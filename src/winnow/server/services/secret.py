"""Passwords of other systems, as they lie in the database: encrypted under a key that lies elsewhere (keys/secrets).

Fernet (AES-128-CBC and HMAC-SHA-256, by the library cryptography): what was changed is not decrypted to something else.
A copy of the database alone tells nothing; who has the whole data directory has the key as well.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken

from winnow.errors import WrongState
from winnow.server import storage


def seal(text: str) -> str:
    """As it may be stored; "" for ""."""
    return _fernet().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """What was sealed. Raises WrongState when the key is another one by now, or somebody changed it."""
    if not sealed:
        return ""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise WrongState("The stored password cannot be read any more, its key is gone: give it again.") from None


def _fernet() -> Fernet:
    return Fernet(urlsafe_b64encode(storage.secrets_key()))
