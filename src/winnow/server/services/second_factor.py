"""A second factor to sign in with: codes of an authenticator app (TOTP, RFC 6238), and codes for when it is lost.

SHA-1, 6 digits, 30 seconds: what every authenticator knows. A code of the step before or after counts as well, once.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from base64 import b32decode, b32encode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction
from django.utils import timezone

from winnow.errors import InvalidInput, SecondFactorNeeded, WrongState
from winnow.server import storage
from winnow.server.models import SecondFactor, User
from winnow.server.services import audit, secret, throttle

STEP_SECONDS, DIGITS, KEY_BYTES = 30, 6, 20
RECOVERY_CODES, RECOVERY_BYTES = 10, 10
WRONG = "The code is wrong, or was used already: wait for the next one."


def of(user: User) -> SecondFactor | None:
    """The factor that the user has to show; None for who has none, or has not confirmed it yet."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


@transaction.atomic
def begin(*, actor: User) -> tuple[str, str]:
    """A new key and its address for an authenticator (``otpauth://``). It counts once ``confirm`` has seen a code of it.

    raises : WrongState for who has a factor already
    """
    if of(actor) is not None:
        raise WrongState("You have a second factor already: remove it first.")
    key = secrets.token_bytes(KEY_BYTES)
    text = b32encode(key).decode()
    SecondFactor.objects.update_or_create(user=actor, defaults={"key": secret.seal(text), "last_step": 0})
    return text, _totp(text).get_provisioning_uri(actor.username, "Winnow")


@transaction.atomic
def confirm(*, actor: User, code: str) -> list[str]:
    """From now on the factor is asked for. Answers the codes for when it is lost: only their hashes are stored.

    raises : InvalidInput for a wrong code, WrongState where nothing was begun
    """
    row = SecondFactor.objects.select_for_update().filter(user=actor, confirmed_at=None).first()
    if row is None:
        raise WrongState("There is no second factor to confirm: begin anew.")
    if not _use_step(row, code):
        raise InvalidInput(WRONG)
    codes = [_spoken(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
    row.recovery, row.confirmed_at = [_hash(code) for code in codes], timezone.now()
    row.save(update_fields=["recovery", "confirmed_at"])
    audit.record(actor_name=actor.username, action="second_factor.add", subject=actor.username)
    return codes


def need(*, user: User, code: str, address: str) -> None:
    """Let pass who has no second factor, or shows it.

    raises : SecondFactorNeeded without a code or for a wrong one, which counts as a failure like a wrong password
    """
    if of(user) is None:
        return
    if not code:
        raise SecondFactorNeeded("Give the code of your authenticator, too, or one of your recovery codes.")
    if not _shown(user, code):
        throttle.failed(name=user.username, address=address)
        raise SecondFactorNeeded(WRONG)


def give_up(*, actor: User, code: str, address: str) -> None:
    """Who is signed in removes their own. Raises InvalidInput for a wrong code, which counts as a failure."""
    try:
        need(user=actor, code=code, address=address)
    except SecondFactorNeeded as error:  # they are signed in: not to be answered 401
        raise InvalidInput(error.message) from None
    remove(user=actor, actor_name=actor.username)


@transaction.atomic
def remove(*, user: User, actor_name: str) -> None:
    """The password alone suffices again."""
    if SecondFactor.objects.filter(user=user).delete()[0]:
        audit.record(actor_name=actor_name, action="second_factor.remove", subject=user.username)


@transaction.atomic
def _shown(user: User, code: str) -> bool:
    row = SecondFactor.objects.select_for_update().get(user=user)
    if _use_step(row, code):
        return True
    digest = _hash(code)
    if digest not in row.recovery:
        return False
    row.recovery.remove(digest)
    row.save(update_fields=["recovery"])
    audit.record(actor_name=user.username, action="second_factor.recover", subject=user.username)
    return True


def _use_step(row: SecondFactor, code: str) -> bool:
    """Whether it is the code of now, or of the step before or after, and newer than the last one used."""
    totp, given = _totp(secret.unseal(row.key)), "".join(code.split()).encode()
    now = int(time.time()) // STEP_SECONDS
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(totp.generate(step * STEP_SECONDS), given) and step > row.last_step:
            row.last_step = step
            row.save(update_fields=["last_step"])
            return True
    return False


def _totp(text: str) -> TOTP:
    return TOTP(b32decode(text), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 what authenticators know (RFC 6238 1.2)


def _spoken(code: bytes) -> str:
    """80 bits as four groups of four letters and digits."""
    text = b32encode(code).decode()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def _hash(code: str) -> str:
    """Of a recovery code however it was typed; keyed, so that the database alone cannot be searched for codes."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum()).encode()
    return hmac.new(storage.secrets_key(), b"recovery" + plain, hashlib.sha256).hexdigest()
