"""What is done at a provider between the two halves of a command, outside any transaction.

What was certainly not carried out is noted on its attempt, so that it may be asked again as it was, or undone without
its provider. Whoever takes an attempt up ends the right of those before to note that.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

from modules.payments.models import Attempt, Payment
from modules.payments.providers.protocol import Outcome, PaymentProvider
from modules.payments.recording import Request, authorization_key, void_key
from storefront.calls.outsider import Resting, repeating
from storefront.ids import ulid
from storefront.interface import OutcomeUnknown, Unavailable

Ask = Callable[[], Outcome]

NOT_SENT = "not sent"
NOT_DONE = "not done"
UNDONE = (NOT_SENT, NOT_DONE)
"""What an open attempt's `error` says once it is certain that nothing came of it so far."""
ASKED_AGAIN = "asked again"


def asked(provider: PaymentProvider, request: Request, *, reference: str) -> Outcome:
    """Capture or refund."""
    ask = provider.capture if request.kind == "capture" else provider.refund
    return ask(key=request.key, reference=reference, amount=request.amount)


def noted(key: str, ask: Ask, *, turn: str = "") -> Ask:
    """Ask, and note if nothing came of it. turn: what the attempt's `error` says while nobody else takes it up."""

    def ask_and_note() -> Outcome:
        try:
            return ask()
        except Unavailable as error:
            why = NOT_SENT if isinstance(error, Resting) else NOT_DONE
            Attempt.objects.filter(key=key, status=Attempt.Status.PENDING, error=turn).update(error=why)
            raise

    return ask_and_note


def taken_up(provider: PaymentProvider, attempt: Attempt, ask: Ask) -> Ask:
    """How to go on with an attempt that was begun before: asked at once if nothing came of it, else looked up first."""
    turn = f"{ASKED_AGAIN} {ulid()}"
    open_attempt = Attempt.objects.filter(key=attempt.key, status=Attempt.Status.PENDING)
    if attempt.error in UNDONE and open_attempt.filter(error=attempt.error).update(error=turn):
        ask = noted(attempt.key, ask, turn=turn)
        return ask if attempt.error == NOT_SENT else partial(_once_more, ask)
    open_attempt.exclude(error=ASKED_AGAIN).update(error=ASKED_AGAIN)
    return partial(found_or, provider, attempt.key, ask)


def _once_more(ask: Ask) -> Outcome:
    with repeating():
        return ask()


def found_or(provider: PaymentProvider, key: str, ask: Ask) -> Outcome:
    """What became of an earlier request with this key; only if it never arrived, ask again.

    :raises OutcomeUnknown: the provider could not even say what became of it
    """
    with repeating():
        try:
            found = provider.find(key=key)
        except Unavailable as error:  # this question was not executed, but the earlier request perhaps was
            raise OutcomeUnknown(str(error)) from error
        return found or ask()


class Release(NamedTuple):
    """How an authorization stands at the provider, and what was given back; None: there was nothing."""

    authorization: Outcome | None
    given_back: Outcome | None


def released(provider: PaymentProvider, payment: Payment, *, is_again: bool) -> Release:
    """Void at the provider whatever it holds for this payment, if it has heard of it at all."""
    with repeating() if is_again else nullcontext():
        found = provider.find(key=authorization_key(payment.id))
        if found is None or found.status == "declined":
            return Release(found, None)
        given = provider.void(key=void_key(payment.id), reference=found.reference, currency=payment.currency)
        return Release(found, given)
