"""The commands' bodies. Those that ask a provider are generators: recorded first, asked outside, settled after."""

import hashlib
from collections.abc import Callable, Generator
from datetime import datetime
from functools import partial

from django.db.models import F

from modules.payments import truth
from modules.payments.asking import Release, found_or, noted, released, taken_up
from modules.payments.interface import (
    ActionRequired,
    PaymentDeclined,
    PaymentView,
    PaymentVoided,
    RefundView,
    WrongState,
)
from modules.payments.models import Attempt, Payment
from modules.payments.moving import moved
from modules.payments.providers.protocol import Outcome, Standing
from modules.payments.providers.registry import provider_of
from modules.payments.queries import view_of
from modules.payments.recording import Request, authorization_key, open_payment, void_key
from modules.payments.settling import settle
from modules.payments.voiding import begin_void, conclude_void
from storefront.calls.provider import gathers
from storefront.clock import now as present
from storefront.interface import MalformedCall, Refusal
from storefront.money import Money
from storefront.personal import for_good

Answer = PaymentView | Refusal


def authorize(
    *, payment_id: str, order_id: str, amount: Money, provider: str, token: str, now: datetime
) -> Generator[Callable[[], Outcome], Outcome, Answer]:
    """Set money aside. A declined payment stays declined: another card is another payment."""
    bank = provider_of(provider)
    if amount.amount <= 0:
        raise MalformedCall(f"payments.authorize: {amount} cannot be set aside; give a positive amount.")
    request = Request("authorize", authorization_key(payment_id), payment_id, amount)
    back = f"/api/v1/payments/returns/{payment_id}"
    ask = partial(bank.authorize, key=request.key, amount=amount, token=token, return_path=back)
    if open_payment(request, order_id=order_id, provider=provider, now=now):
        outcome = yield noted(request.key, ask)
    else:
        known = Payment.objects.select_for_update().get(id=payment_id)
        _take_up(known, order_id=order_id, amount=amount, provider=provider, now=now)
        if known.status not in (Payment.Status.PENDING, Payment.Status.ACTION_REQUIRED):
            return _standing(known)
        request = request._replace(amount=Money(known.amount, known.currency))
        attempt = Attempt.objects.filter(key=request.key).first()
        outcome = yield taken_up(bank, attempt, ask) if attempt else partial(found_or, bank, request.key, ask)
    return _standing(settle(request, outcome, now=present()) or Payment.objects.get(id=payment_id))


def _take_up(known: Payment, *, order_id: str, amount: Money, provider: str, now: datetime) -> None:
    """Go on with a payment that is known here; one that was confirmed for an earlier try of the order joins this one.

    :raises PaymentVoided: it was voided, perhaps before it came here
    :raises WrongState: the id stands for another payment
    """
    if known.status == Payment.Status.VOIDED:
        raise PaymentVoided(payment_id=known.id)
    is_new = known.status == Payment.Status.PENDING and (known.amount, known.currency) != (
        amount.amount, amount.currency,
    )
    is_taken = known.captured > 0 and known.order_id != order_id
    if known.provider != provider or is_new or is_taken:
        raise WrongState(payment_id=known.id, state="another payment, of another order, amount or provider")
    if known.order_id != order_id:
        Payment.objects.filter(id=known.id).update(order_id=order_id, version=F("version") + 1, updated_at=now)
        known.order_id = order_id


def _standing(payment: Payment) -> Answer:
    """How an authorization stands: the payment, or the refusal that is returned so that its record is kept."""
    if payment.status == Payment.Status.FAILED:
        return PaymentDeclined(payment_id=payment.id, reason=payment.decline_reason)
    if payment.status == Payment.Status.ACTION_REQUIRED:
        return ActionRequired(payment_id=payment.id, action_url=payment.action_url)
    if payment.status == Payment.Status.VOIDED:
        return PaymentVoided(payment_id=payment.id)
    return view_of(payment)


def capture(
    *, payment_id: str, amount: Money, now: datetime, key: str
) -> Generator[Callable[[], Outcome], Outcome, Answer]:
    """Take money that was set aside."""
    request = Request("capture", f"capture:{payment_id}:{_short(key)}", payment_id, amount)
    payment, attempt = yield from moved(request, now=now)
    return _refused_by_provider(attempt) or view_of(payment)


def refund(
    *, payment_id: str, refund_id: str, amount: Money, reason: str, now: datetime
) -> Generator[Callable[[], Outcome], Outcome, RefundView | Refusal]:
    """Give captured money back; the same refund id never gives back twice."""
    request = Request("refund", f"refund:{payment_id}:{refund_id}", payment_id, amount, refund_id, for_good(reason))
    _payment, attempt = yield from moved(request, now=now)
    succeeded = attempt.status == Attempt.Status.SUCCESS
    return RefundView(
        id=refund_id, payment_id=payment_id, amount=amount, status="success" if succeeded else "failure"
    )


def void(*, payment_id: str, now: datetime) -> Generator[Callable[[], Release], Release, Refusal | None]:
    """Give back what is set aside, or see to it that it never will be."""
    is_again = Attempt.objects.filter(key=void_key(payment_id)).exists()
    payment = begin_void(payment_id, now=now)
    if payment is None:
        return None
    release = yield partial(released, provider_of(payment.provider), payment, is_again=is_again)
    attempt = conclude_void(payment_id, release, now=present())
    return _refused_by_provider(attempt)


def _refused_by_provider(attempt: Attempt) -> Refusal | None:
    if attempt.status not in (Attempt.Status.FAILURE, Attempt.Status.MISMATCH):
        return None
    return WrongState(
        payment_id=attempt.payment_id, state=f"refused by its provider for {attempt.kind}: {attempt.error}"
    )


@gathers(truth.before_recovering)
def recover(
    *, payment_id: str, order_id: str, amount: Money, provider: str, facts: Standing, now: datetime
) -> PaymentView:
    """Enter what the provider moved for a payment that is unknown here; one that is known stays as it is."""
    known = Payment.objects.filter(id=payment_id).first()
    if known is None:
        truth.enter_lost(payment_id, order_id=order_id, provider=provider, amount=amount, standing=facts, now=now)
        known = Payment.objects.get(id=payment_id)
    return view_of(known)


def _short(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


