"""How the bank treats each token. A token stands for a card or wallet; none is real."""

from datetime import timedelta
from typing import Final

APPROVED: Final = frozenset(
    {
        "tok_visa", "tok_mastercard", "tok_applepay", "tok_googlepay", "tok_timeout", "tok_slow", "tok_flaky",
        "tok_duplicate_webhook", "tok_late_webhook", "tok_out_of_order", "tok_chargeback",
    }
)
CHALLENGED: Final = "tok_3ds"
DECLINED: Final = {
    "tok_declined": "declined",
    "tok_insufficient_funds": "insufficient_funds",
    "tok_expired": "expired_card",
}
UNKNOWN_TOKEN: Final = "invalid_token"  # noqa: S105  # a reason, no secret

SLOW_SECONDS: Final = 3.0
OUTAGES: Final = 2
"""How often `tok_flaky` fails before it works."""

ANNOUNCED: Final = ("tok_timeout", "tok_duplicate_webhook", "tok_late_webhook", "tok_out_of_order")
"""Whose approvals are told by webhook too; the others are told in the answer, which is enough."""

LATE: Final = timedelta(minutes=10)
REORDERED: Final = timedelta(minutes=1)
"""How much later than the capture's webhook that of the authorization is sent, out of order."""


def verdict(token: str) -> tuple[str, str]:
    """The bank's status and reason for a new authorization with this token."""
    if token in APPROVED:
        return "authorized", ""
    if token == CHALLENGED:
        return "challenge", ""
    return "declined", DECLINED.get(token, UNKNOWN_TOKEN)
