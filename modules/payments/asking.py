"""What is done at a provider between the two halves of a command, outside any transaction."""

from collections.abc import Callable
from typing import NamedTuple

from modules.payments.models import Payment
from modules.payments.providers.protocol import Outcome, PaymentProvider
from modules.payments.recording import Request, authorization_key, void_key
from storefront.interface import OutcomeUnknown, Unavailable

Ask = Callable[[], Outcome]


def asked(provider: PaymentProvider, request: Request, *, reference: str) -> Outcome:
    """Capture or refund."""
    ask = provider.capture if request.kind == "capture" else provider.refund
    return ask(key=request.key, reference=reference, amount=request.amount)


def found_or(provider: PaymentProvider, key: str, ask: Ask) -> Outcome:
    """What became of an earlier request with this key; only if it never arrived, ask again.

    :raises OutcomeUnknown: the provider could not even say what became of it
    """
    try:
        found = provider.find(key=key)
    except Unavailable as error:  # this question was not executed, but the earlier request perhaps was
        raise OutcomeUnknown(str(error)) from error
    return found or ask()


class Release(NamedTuple):
    """How an authorization stands at the provider, and what was given back; None: there was nothing."""

    authorization: Outcome | None
    given_back: Outcome | None


def released(provider: PaymentProvider, payment: Payment) -> Release:
    """Void at the provider whatever it holds for this payment, if it has heard of it at all."""
    found = provider.find(key=authorization_key(payment.id))
    if found is None or found.status == "declined":
        return Release(found, None)
    given = provider.void(key=void_key(payment.id), reference=found.reference, currency=payment.currency)
    return Release(found, given)
