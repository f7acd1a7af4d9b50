"""Capture and refund: an amount claimed under its cap, moved at the provider, settled."""

from collections.abc import Callable, Generator
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import IntegrityError

from modules.payments.asking import asked, noted, resumed
from modules.payments.interface import OverLimit, WrongState
from modules.payments.models import Attempt, Payment
from modules.payments.providers.protocol import Outcome
from modules.payments.providers.registry import provider_of
from modules.payments.recording import ROOM, STATES, Request, open_movement
from modules.payments.settling import settle
from storefront.clock import now as present
from storefront.interface import NotFound, Unavailable

OPEN = (Attempt.Status.PENDING, Attempt.Status.ACTION_REQUIRED)


class Moved(NamedTuple):
    """The payment and the attempt after a movement."""

    payment: Payment
    attempt: Attempt


def moved(request: Request, *, now: datetime) -> Generator[Callable[[], Outcome], Outcome, Moved]:
    """Claim, ask, settle. An attempt begun before is taken up where it stands.

    :raises NotFound: the payment is unknown here
    :raises WrongState: the payment's state, or its currency, does not allow it
    :raises OverLimit: more than is left
    """
    try:
        account = open_movement(request, now=now)
    except IntegrityError as error:
        raise Unavailable(f"{request.key} is being carried out at this moment; ask again.") from error
    if account:
        bank = provider_of(account.provider)
        outcome = yield noted(request.key, partial(asked, bank, request, reference=account.reference))
    else:
        payment, attempt = _taken_up(request)
        if attempt.status not in OPEN:
            return Moved(payment, attempt)
        bank = provider_of(payment.provider)
        outcome = yield resumed(bank, attempt, request, reference=payment.reference)
    settled = settle(request, outcome, now=present())
    if settled and outcome.status == "approved" and not settled.alarm:
        return Moved(settled, Attempt(key=request.key, kind=request.kind, status=Attempt.Status.SUCCESS))
    return Moved(Payment.objects.get(id=request.payment_id), Attempt.objects.get(key=request.key))


def _taken_up(request: Request) -> Moved:
    """The attempt as it was recorded before, or the reason why there is none."""
    payment = Payment.objects.filter(id=request.payment_id).exclude(currency="").first()
    if payment is None:
        raise NotFound(kind="payment", id=request.payment_id)
    attempt = Attempt.objects.filter(key=request.key).first()
    if attempt is None:
        raise _why_not(payment, request)
    if attempt.amount != request.amount.amount or payment.currency != request.amount.currency:
        raise WrongState(payment_id=payment.id, state=f"asked for {attempt.amount} minor units with this id before")
    return Moved(payment, attempt)


def _why_not(payment: Payment, request: Request) -> Exception:
    if payment.currency != request.amount.currency:
        return WrongState(payment_id=payment.id, state=f"in {payment.currency}")
    if payment.status not in STATES[request.kind]:
        return WrongState(payment_id=payment.id, state=payment.status)
    left = room(payment, request.kind)
    if 0 < request.amount.amount <= left:
        return Unavailable(f"{payment.id} changed at this moment; ask again.")
    return OverLimit(requested=request.amount.amount, left=left)


def room(payment: Payment, kind: str) -> int:
    """How much is left to capture or refund, in minor units."""
    first, *less = ROOM[kind].split(" - ")
    amounts: list[int] = [getattr(payment, name) for name in less]
    return int(getattr(payment, first)) - sum(amounts)


