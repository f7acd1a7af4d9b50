"""An operator's second factor: enrolled, asked for, and its recovery codes."""

import base64
import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction

from storefront import clock
from storefront.home import totp
from storefront.home.models import RecoveryCode, SecondFactor
from storefront.sealing import opened, sealed

PURPOSE = "second factor"
RECOVERY_CODES = 10
_GROUP = 4


def is_required() -> bool:
    """Whether operators must have one; where it is only offered, those who have one must give it all the same."""
    return bool(settings.STOREFRONT_SECOND_FACTOR != "offered")


def factor_of(user: Any) -> SecondFactor | None:
    """The one that is enrolled."""
    return SecondFactor.objects.filter(user_id=user.pk).first()


def enrol(user: Any, secret: str, code: str) -> list[str] | None:
    """Take this secret as the operator's, in place of any other, if the code shows that their app has it.

    Returns fresh recovery codes, which are told this once; None if the code is wrong. Sessions that were opened with
    another factor end.
    """
    now = clock.now()
    step = totp.step_of(secret, _plain(code), now=now)
    if step is None:
        return None
    with transaction.atomic(using="default"):
        SecondFactor.objects.filter(user_id=user.pk).delete()
        SecondFactor.objects.create(
            user_id=user.pk, sealed_secret=sealed(secret, purpose=PURPOSE), last_step=step, confirmed_at=now
        )
        return fresh_recovery_codes(user)


def accepts(user: Any, given: str) -> str:
    """What was accepted: `code` or `recovery code`; empty if neither. Each counts once, however many ask at once."""
    factor, given = factor_of(user), _plain(given)
    if factor is None:
        return ""
    if len(given) == totp.DIGITS:
        step = totp.step_of(opened(factor.sealed_secret, purpose=PURPOSE), given, now=clock.now())
        rows = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step or 0)
        return "code" if step and rows.update(last_step=step) else ""
    codes = RecoveryCode.objects.filter(user_id=user.pk, code_hash=_hash(given), used_at=None)
    return "recovery code" if codes.update(used_at=clock.now()) else ""


def fresh_recovery_codes(user: Any) -> list[str]:
    """Ten new ones, told this once; those of before are void."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    with transaction.atomic(using="default"):
        RecoveryCode.objects.filter(user_id=user.pk).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(user_id=user.pk, code_hash=_hash(_plain(code))) for code in codes
        )
    return codes


def recovery_codes_left(user: Any) -> int:
    """Those that have not been used."""
    return RecoveryCode.objects.filter(user_id=user.pk, used_at=None).count()


def remove(user: Any) -> bool:
    """Forget a lost device, and its codes: its sessions end. Returns whether there was one."""
    with transaction.atomic(using="default"):
        RecoveryCode.objects.filter(user_id=user.pk).delete()
        return bool(SecondFactor.objects.filter(user_id=user.pk).delete()[0])


def seal_anew() -> int:
    """Put every secret under the newest key, so that an older one can go. Returns how many."""
    count = 0
    for factor in SecondFactor.objects.order_by("pk"):
        secret = sealed(opened(factor.sealed_secret, purpose=PURPOSE), purpose=PURPOSE)
        count += SecondFactor.objects.filter(pk=factor.pk).update(sealed_secret=secret)
    return count


def _recovery_code() -> str:
    """80 random bits, such as `abcd-efgh-ijkl-mnop`."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[at:at + _GROUP] for at in range(0, len(text), _GROUP))


def _plain(given: str) -> str:
    """Without what people put between the parts."""
    return given.replace(" ", "").replace("-", "").lower()[:64]


def _hash(code: str) -> str:
    """A plain hash is enough for 80 random bits: there is no dictionary to try."""
    return hashlib.sha256(code.encode()).hexdigest()
