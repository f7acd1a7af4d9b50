"""What is done at a provider between the two halves of a command, outside any transaction.

What was certainly not carried out is noted on its attempt, so that it may be asked again as it was, or undone without
its provider. Whoever takes an attempt up ends the right of those before to note that.

A refund that waited is asked for no more once its payment is disputed: the bank has given that money back itself.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

from modules.payments.models import Attempt, Payment
from modules.payments.providers.protocol import Outcome, PaymentProvider
from modules.payments.recording import ASK_AFTER, Request, authorization_key, void_key
from storefront import clock
from storefront.calls.outsider import Resting, repeating
from storefront.ids import ulid
from storefront.interface import OutcomeUnknown, Unavailable

Ask = Callable[[], Outcome]

NOT_SENT = "not sent"
NOT_DONE = "not done"
UNDONE = (NOT_SENT, NOT_DONE)
"""What an open attempt's `error` says once nothing came of it as far as is known.

What was not sent certainly did nothing. What the provider says was not done may be asked for again under its key, but
is not over unseen: something between us and the provider may have brought it twice, and told of the second.
"""
ASKED_AGAIN = "asked again"
"""What it says while several may be asking; followed by a name of one's own while one is alone with it."""
DISPUTED = "disputed"
"""Why a refund was declined that nobody asked the provider for."""


def asked(provider: PaymentProvider, request: Request, *, reference: str) -> Outcome:
    """Capture or refund."""
    ask = provider.capture if request.kind == "capture" else provider.refund
    return ask(key=request.key, reference=reference, amount=request.amount)


def noted(key: str, ask: Ask, *, turn: str = "", was_sent: bool = False) -> Ask:
    """Ask, and note if nothing came of it.

    turn: what the attempt's `error` says while nobody else takes it up
    was_sent: before, and not done
    """

    def ask_and_note() -> Outcome:
        try:
            return ask()
        except Unavailable as error:
            why = NOT_SENT if isinstance(error, Resting) and not was_sent else NOT_DONE
            Attempt.objects.filter(key=key, status=Attempt.Status.PENDING, error=turn).update(error=why)
            raise

    return ask_and_note


def taken_up(provider: PaymentProvider, attempt: Attempt, ask: Ask) -> Ask:
    """How to go on with an attempt that was begun before: asked at once if nothing came of it, else looked up first."""
    turn = f"{ASKED_AGAIN} {ulid()}"
    open_attempt = Attempt.objects.filter(key=attempt.key, status=Attempt.Status.PENDING)
    if attempt.error in UNDONE and open_attempt.filter(error=attempt.error).update(error=turn):
        was_sent = attempt.error != NOT_SENT
        ask = noted(attempt.key, ask, turn=turn, was_sent=was_sent)
        return partial(_once_more, ask) if was_sent else ask
    open_attempt.exclude(error=ASKED_AGAIN).update(error=ASKED_AGAIN)
    return partial(found_or, provider, attempt.key, ask)


def resumed(provider: PaymentProvider, attempt: Attempt, request: Request, *, reference: str) -> Ask:
    """How to go on with a capture or refund that was begun before."""
    ask = partial(asked, provider, request, reference=reference)
    if request.kind == "refund":
        look_up = None if attempt.error == NOT_SENT else partial(provider.find, key=attempt.key)
        ask = partial(_unless_disputed, request, ask, look_up)
    return taken_up(provider, attempt, ask)


def _unless_disputed(request: Request, ask: Ask, look_up: Callable[[], Outcome | None] | None) -> Outcome:
    """Nobody asks for it after the dispute, so that what is not found when all have given up waiting was never made.

    look_up: asks what became of it; None if it was never sent

    :raises OutcomeUnknown: somebody else, who asked before the dispute, may still be heard
    """
    payment = Payment.objects.get(id=request.payment_id)
    if payment.status != Payment.Status.DISPUTED:
        return ask()
    is_shared = Attempt.objects.filter(key=request.key, error=ASKED_AGAIN).exists()
    if is_shared and clock.now() < payment.updated_at + ASK_AFTER:
        raise OutcomeUnknown(f"{request.key} was perhaps asked for before its payment was disputed.")
    found = look_up() if look_up else None
    return found or Outcome(status="declined", amount=request.amount, reason=DISPUTED)


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
    """Void at the provider whatever it holds for this payment, if it has heard of it at all.

    Nobody waits for a provider that said of the authorization that it was not done and now says nothing: the
    authorization stays open, is looked up once the provider is there again, and is given back then.
    """
    key = authorization_key(payment.id)
    with repeating() if is_again else nullcontext():
        try:
            found = provider.find(key=key)
        except Unavailable:
            if is_again or not Attempt.objects.filter(key=key, error=NOT_DONE, status=Attempt.Status.PENDING).exists():
                raise
            found = None
        if found is None or found.status == "declined":
            return Release(found, None)
        given = provider.void(key=void_key(payment.id), reference=found.reference, currency=payment.currency)
        return Release(found, given)
