"""The shop's adapter for the sandbox bank: waits for it no longer than the caller waits for us."""

from collections.abc import Callable, Mapping
from time import sleep
from typing import TypeVar

import msgspec
from django.conf import settings
from django.db import InterfaceError, OperationalError

from modules.payments.providers.protocol import ForgedWebhook, Notice, Outcome, Standing
from modules.payments.sandbox import bank
from modules.payments.sandbox.signature import is_genuine
from modules.payments.sandbox.tokens import SLOW_SECONDS
from storefront.calls.deadline import remaining
from storefront.interface import DeadlineExceeded, OutcomeUnknown, Unavailable
from storefront.money import Money

T = TypeVar("T")

PATIENCE_SECONDS = 1.0
"""How long an answer that never comes is waited for; the setting `PAYMENT_SANDBOX_PATIENCE_SECONDS` overrides it."""

_NAMES = {
    "payment.authorized": "settled", "payment.declined": "settled", "payment.captured": "settled",
    "payment.voided": "settled", "payment.refunded": "settled", "payment.disputed": "disputed",
}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the bank's webhooks."""

    type: str
    key: str = ""
    reference: str = ""
    amount: Money | None = None


class Sandbox:
    """A bank in the same process, spoken to as if it were far away."""

    def authorize(self, *, key: str, amount: Money, token: str, return_path: str) -> Outcome:
        """Set `amount` aside, with all the trouble that the token stands for."""
        if token == "tok_flaky" and _answered(lambda: bank.suffers_outage(key)):  # noqa: S105  # a name, no secret
            raise Unavailable("The sandbox bank is out of order; try again.")
        outcome = _answered(
            lambda: bank.authorize(key=key, amount=amount, token=token, return_path=return_path)
        )
        if token == "tok_slow":  # noqa: S105  # a name, no secret
            _wait(SLOW_SECONDS)
        if token == "tok_timeout":  # noqa: S105  # a name, no secret
            _wait(getattr(settings, "PAYMENT_SANDBOX_PATIENCE_SECONDS", PATIENCE_SECONDS))
            raise OutcomeUnknown("The sandbox bank did not answer.")
        return outcome

    def capture(self, *, key: str, reference: str, amount: Money) -> Outcome:
        """Take money that was set aside."""
        return _answered(lambda: bank.move("capture", key=key, reference=reference, amount=amount))

    def void(self, *, key: str, reference: str, currency: str) -> Outcome:
        """Give back what was set aside and not captured."""
        return _answered(lambda: bank.move("void", key=key, reference=reference, amount=Money.zero(currency)))

    def refund(self, *, key: str, reference: str, amount: Money) -> Outcome:
        """Give captured money back."""
        return _answered(lambda: bank.move("refund", key=key, reference=reference, amount=amount))

    def find(self, *, key: str) -> Outcome | None:
        """What became of the request with this key."""
        return _answered(lambda: bank.found(key))

    def standing(self, *, key: str) -> Standing | None:
        """All that the bank moved for the payment with this key."""
        return _answered(lambda: bank.standing(key))

    def parse_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Verify a webhook of the bank and read it; a body that is not the bank's usual letter is `unknown`."""
        if not is_genuine(body, headers):
            raise ForgedWebhook(provider="sandbox")
        event_id = next(value for name, value in headers.items() if name.lower() == "webhook-id")
        try:
            letter = msgspec.json.decode(body, type=Letter)
        except (msgspec.DecodeError, ValueError):
            return Notice(event_id=event_id, type="unknown", name="unreadable")
        kind = _NAMES.get(letter.type, "unknown")
        return msgspec.convert(
            {
                "event_id": event_id, "type": kind, "name": letter.type[:100], "key": letter.key,
                "reference": letter.reference, "amount": letter.amount,
            },
            Notice,
        )


def _answered(ask: Callable[[], T]) -> T:
    left = remaining()
    if left is not None and left <= 0:
        raise DeadlineExceeded("No time is left to ask the sandbox bank.")
    try:
        return ask()
    except (OperationalError, InterfaceError) as error:
        raise OutcomeUnknown(f"The sandbox bank: {error}") from error


def _wait(seconds: float) -> None:
    """Wait for the bank; gives up when the caller does."""
    left = remaining()
    if left is None or left >= seconds:
        sleep(seconds)
        return
    sleep(max(0.0, left))
    raise OutcomeUnknown("The sandbox bank did not answer in time.")
