"""What a provider moved and these books do not show: entered as if it had been heard in time. Nothing is asked for.

After a restore the bank is ahead of us by some minutes. What it says more than our ledger becomes entries of the
ledger; where it says less, money is missing at the bank, and only a person can find it.
"""

from datetime import datetime
from typing import Any, Literal, NamedTuple

from modules.payments.interface import WrongState
from modules.payments.models import Attempt, Payment
from modules.payments.moving import OPEN
from modules.payments.providers.protocol import Outcome, Standing
from modules.payments.providers.registry import provider_of
from modules.payments.reconciliation import look_after
from modules.payments.recording import (
    Request,
    authorization_key,
    open_movement,
    open_payment,
    void_key,
)
from modules.payments.settling import settle
from modules.payments.statement import ALIAS
from modules.payments.voiding import begin_void
from storefront import clock
from storefront.audit import NotDerivable
from storefront.calls.deadline import within
from storefront.database.unit import unit_of_work
from storefront.interface import NotFound
from storefront.money import Money

SECONDS = 10.0


class Gap(NamedTuple):
    """By how much the provider is ahead of us, in minor units; below zero: behind."""

    authorized: int
    captured: int
    canceled: int
    refunded: int


def before_recovering(*, payment_id: str, amount: Money, provider: str, **_: Any) -> Standing:
    """Ask the provider for its books of one payment.

    :raises NotFound: it set nothing aside
    :raises WrongState: it set aside something else
    """
    standing = provider_of(provider).standing(key=authorization_key(payment_id))
    if standing is None or not standing.authorized:
        raise NotFound(kind="payment at its provider", id=payment_id)
    if (standing.authorized, standing.currency) != (amount.amount, amount.currency):
        held = Money(standing.authorized, standing.currency)
        raise WrongState(payment_id=payment_id, state=f"one of {held} at its provider, not of {amount}")
    return standing


def enter_lost(
    payment_id: str, *, order_id: str, provider: str, amount: Money, standing: Standing, now: datetime
) -> None:
    """Write a payment that these books have lost, in the transaction at hand."""
    request = Request("authorize", authorization_key(payment_id), payment_id, amount)
    open_payment(request, order_id=order_id, provider=provider, now=now)
    _settled(request, standing, now=now)
    _enter(Payment.objects.get(id=payment_id), standing, now=now)


def adopt(payment_id: str) -> str:
    """Enter what the provider moved beyond our ledger. What is under way is asked for first.

    :raises NotDerivable: the provider knows less than we do, or something else
    """
    with within(SECONDS):
        for attempt in Attempt.objects.filter(payment_id=payment_id, status__in=OPEN).select_related("payment"):
            look_after(attempt, now=clock.now())
        payment = Payment.objects.get(id=payment_id)
        standing = provider_of(payment.provider).standing(key=authorization_key(payment_id))
    if standing is None or standing.currency != payment.currency:
        raise NotDerivable("Its provider does not know it like this.")
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        gap = _enter(Payment.objects.select_for_update().get(id=payment_id), standing, now=unit.now)
    return f"Entered from its provider: captured {gap.captured}, refunded {gap.refunded}, given back {gap.canceled}."


def gap_of(payment: Payment, standing: Standing) -> Gap:
    """How far the provider is ahead of a payment here."""
    return Gap(
        standing.authorized - payment.authorized, standing.captured - payment.captured,
        standing.voided - payment.canceled, standing.refunded - payment.refunded,
    )


def _enter(payment: Payment, standing: Standing, *, now: datetime) -> Gap:
    gap = gap_of(payment, standing)
    if gap.authorized or min(gap) < 0:
        raise NotDerivable(f"The provider's books are not ahead of ours, but different: {gap._asdict()}.")
    if gap.captured:
        _move("capture", payment, gap.captured, standing, now=now)
    if gap.refunded:
        _move("refund", payment, gap.refunded, standing, now=now)
    if gap.canceled:
        _cancel(payment, gap.canceled, standing, now=now)
    return gap


def _move(
    kind: Literal["capture", "refund"], payment: Payment, amount: int, standing: Standing, *, now: datetime
) -> None:
    """Claimed and settled as any movement is; its key says up to which total it was learnt."""
    total = standing.captured if kind == "capture" else standing.refunded
    key = f"{kind}:{payment.id}:learnt:{total}"
    request = Request(
        kind, key, payment.id, Money(amount, payment.currency), refund_id=key if kind == "refund" else "",
        reason="learnt from its provider",
    )
    if open_movement(request, now=now) is None:
        raise NotDerivable(f"The payment is {payment.status}: its state does not allow a {kind} of {amount}.")
    _settled(request, standing, now=now)


def _cancel(payment: Payment, amount: int, standing: Standing, *, now: datetime) -> None:
    if begin_void(payment.id, now=now) is None:
        raise NotDerivable(f"The payment is {payment.status}, and was voided before.")
    attempt = Attempt.objects.get(key=void_key(payment.id))
    if attempt.amount != amount:
        raise NotDerivable(f"The provider gave {amount} back, {attempt.amount} are left here.")
    _settled(Request("void", attempt.key, payment.id, Money(amount, payment.currency)), standing, now=now)


def _settled(request: Request, standing: Standing, *, now: datetime) -> None:
    settle(request, Outcome(status="approved", amount=request.amount, reference=standing.reference), now=now)
