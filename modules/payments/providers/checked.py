"""What providers answer is somebody else's data: what makes no sense counts as no answer, and somebody must look."""

import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from modules.payments.providers.protocol import Notice, Outcome, PaymentProvider, Standing
from storefront.calls.outsider import outsider
from storefront.interface import OutcomeUnknown, Refusal, Unavailable
from storefront.money import Money

log = logging.getLogger(__name__)

LOOK_UP = "look up"
LONGEST_REFERENCE = 100
LONGEST_URL = 500
LARGEST_AMOUNT = 2**63 - 1


class Checked:
    """An adapter that may rest while it does not answer, and whose answers are looked at before they are believed."""

    def __init__(self, name: str, adapter: PaymentProvider) -> None:
        self._name, self._adapter = name, adapter

    def authorize(self, *, key: str, amount: Money, token: str, return_path: str) -> Outcome:
        """Set `amount` aside."""
        return self._answer(
            "authorize", key,
            lambda: self._adapter.authorize(key=key, amount=amount, token=token, return_path=return_path),
        )

    def capture(self, *, key: str, reference: str, amount: Money) -> Outcome:
        """Take a part of what is set aside, or all of it."""
        return self._of_this(
            reference, "capture", key, lambda: self._adapter.capture(key=key, reference=reference, amount=amount)
        )

    def void(self, *, key: str, reference: str, currency: str) -> Outcome:
        """Give back what is set aside and not captured."""
        return self._of_this(
            reference, "void", key, lambda: self._adapter.void(key=key, reference=reference, currency=currency)
        )

    def refund(self, *, key: str, reference: str, amount: Money) -> Outcome:
        """Give captured money back."""
        return self._of_this(
            reference, "refund", key, lambda: self._adapter.refund(key=key, reference=reference, amount=amount)
        )

    def find(self, *, key: str) -> Outcome | None:
        """What became of the request with this key."""
        found = self._asked(LOOK_UP, key, lambda: self._adapter.find(key=key))
        return None if found is None else self._sound(found, key)

    def standing(self, *, key: str) -> Standing | None:
        """All that it moved for the payment with this key."""
        found = self._asked(LOOK_UP, key, lambda: self._adapter.standing(key=key))
        if found is not None and not _adds_up(found):
            log.error("A payment provider's books do not add up.", extra={"key": key, "standing": found})
            raise OutcomeUnknown(f"The provider's books about {key} do not add up.")
        standing: Standing | None = found
        return standing

    def parse_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Verify a webhook and read its facts."""
        return self._adapter.parse_webhook(body=body, headers=headers)

    def _answer(self, kind: str, key: str, ask: Callable[[], Any]) -> Outcome:
        return self._sound(self._asked(kind, key, ask), key)

    def _of_this(self, reference: str, kind: str, key: str, ask: Callable[[], Any]) -> Outcome:
        """An answer about the payment that was named, or about none by name."""
        outcome = self._answer(kind, key, ask)
        if outcome.reference not in ("", reference):
            raise self._unbelieved(key, f"it is about {outcome.reference}, not {reference}")
        return outcome

    def _asked(self, kind: str, key: str, ask: Callable[[], Any]) -> Any:
        """Each kind of request has its own breaker: who takes no money just now may still say where it is."""
        try:
            return outsider(f"payments {self._name}").ask(kind, ask)
        except (Unavailable, OutcomeUnknown, Refusal):
            raise
        except Exception as error:
            log.exception("A provider's answer could not be read; the payment waits.", extra={"key": key})
            raise OutcomeUnknown(f"The provider's answer about {key} could not be read.") from error

    def _sound(self, answer: Any, key: str) -> Outcome:
        fault = fault_of(answer)
        if fault:
            raise self._unbelieved(key, fault)
        outcome: Outcome = answer
        return outcome

    def _unbelieved(self, key: str, why: str) -> OutcomeUnknown:
        log.error("A provider's answer makes no sense; the payment waits.", extra={"key": key, "why": why})
        return OutcomeUnknown(f"The provider's answer about {key} makes no sense: {why}.")


def fault_of(answer: Any) -> str:
    """What is wrong with an answer in itself, whatever was asked; empty if nothing is."""
    if not isinstance(answer, Outcome) or not isinstance(answer.amount, Money):
        return "it is no outcome"
    if not 0 <= answer.amount.amount <= LARGEST_AMOUNT:
        return "its amount is below zero, or beyond all money"
    if answer.status not in ("approved", "declined", "action_required"):
        return "its status is none of ours"
    if len(answer.reference) > LONGEST_REFERENCE or not answer.reference.isprintable():
        return f"its reference is over {LONGEST_REFERENCE} characters, or none that can be printed"
    if len(answer.action_url) > LONGEST_URL or not _leads_to_a_page(answer.action_url):
        return "its action is no address of a page"
    return ""


def _adds_up(found: Any) -> bool:
    return (
        isinstance(found, Standing)
        and 0 <= found.refunded <= found.captured
        and found.voided >= 0
        and found.captured + found.voided <= found.authorized <= LARGEST_AMOUNT
    )


def _leads_to_a_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return url.isprintable() and (parts.scheme in ("http", "https") or (not parts.scheme and url[:1] in ("", "/")))
