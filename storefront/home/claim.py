"""What the home process says of an operator or a machine, signed with the shop's secret key.

`SECRET_KEY` signs, and `SECRET_KEY_FALLBACKS` verify as well, so that keys rotate while processes of both ages run.
"""

from typing import TypeVar

import msgspec
from django.core import signing

from storefront import clock

FRESH_SECONDS = 60.0
"""How old a claim may be when it comes, and how far two machines' clocks may differ."""


class BadClaim(Exception):
    """It is not of this shop, not about whom was asked, or not of now."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """about: a hash of what was asked for, so that no answer fits another question. issued_at: Unix time."""

    about: str
    issued_at: float


class StaffClaim(Claim, frozen=True, kw_only=True):
    """An operator who is signed in at home at this moment."""

    username: str
    full_name: str
    is_superuser: bool
    permissions: tuple[str, ...]
    """Such as `checkout.change_order`; none are listed for a superuser, who has them all."""
    second_factor_at: float | None = None
    """When they gave it last, as Unix time; None if none is asked of them."""


class MachineClaim(Claim, frozen=True, kw_only=True):
    """A machine's key that is valid at this moment."""

    name: str
    scopes: tuple[str, ...]


C = TypeVar("C", bound=Claim)


def now() -> float:
    """The present instant as Unix time."""
    return clock.now().timestamp()


def signed(claim: Claim) -> str:
    """The claim as text that only this shop can write."""
    return signing.dumps(msgspec.to_builtins(claim), salt=_salt(type(claim)), compress=True)


def opened(text: str, kind: type[C], *, about: str) -> C:
    """The claim in `text`.

    :raises BadClaim: it was not signed by this shop as a claim of this kind, is about another, or is not of now
    """
    try:
        claim = msgspec.convert(signing.loads(text, salt=_salt(kind)), kind)
    except (signing.BadSignature, msgspec.ValidationError) as error:
        raise BadClaim(f"It is no {kind.__name__} of this shop.") from error
    if claim.about != about:
        raise BadClaim("It is about somebody else.")
    if abs(now() - claim.issued_at) > FRESH_SECONDS:
        raise BadClaim("It is too old, or the clocks of two machines differ.")
    return claim


def _salt(kind: type[Claim]) -> str:
    return f"storefront.home.{kind.__name__}"
