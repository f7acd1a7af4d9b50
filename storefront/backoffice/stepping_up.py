"""What takes more than being signed in: a second factor that was given a moment ago."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from storefront.money import Money
from storefront.topology import is_home


class FreshFactorNeeded(PermissionDenied):
    """The last code was given more than ten minutes ago. The back office asks for one, and leads back."""


def is_let_in(request: HttpRequest) -> bool:
    """Whether a person who is signed in has given the second factor that they owe."""
    if not is_home():
        return True  # home vouches only for those who have
    from storefront.home.standing import standing

    return standing(request.session, request.user).is_let_in


def ask_for_a_fresh_factor(request: HttpRequest, what: str) -> None:
    """Let pass who gave a code within ten minutes, and who owes none: where a second factor is only offered.

    what: as a sentence says it, such as `A refund over 100.00 EUR`.

    :raises FreshFactorNeeded: the last one is older
    """
    from storefront.home.standing import is_fresh

    if not is_fresh(_passed_at(request)):
        raise FreshFactorNeeded(f"{what} needs a code that was given within ten minutes.")


def ask_for_a_refund(request: HttpRequest, amount: Money) -> None:
    """Much money does not leave by a session that somebody left open. amount: with what was given back before.

    :raises FreshFactorNeeded: it is over `STOREFRONT_REFUND_LIMIT`, and the last code is older than ten minutes
    """
    if amount.to_decimal() > settings.STOREFRONT_REFUND_LIMIT:
        ask_for_a_fresh_factor(request, f"A refund over {settings.STOREFRONT_REFUND_LIMIT} {amount.currency}")


def _passed_at(request: HttpRequest) -> float | None:
    from storefront.home.standing import is_fresh, standing

    user: Any = request.user
    if is_home():
        return standing(request.session, user).passed_at
    from storefront.home.arrival import asked_again

    told: float | None = user.second_factor_at
    return told if is_fresh(told) else asked_again(request)
