"""The confirmation that `tok_3ds` asks of the shopper: looked up, approved or denied, once."""

from modules.payments.sandbox.bank import BOOK, announcement, short_transaction
from modules.payments.sandbox.models import BankPayment
from modules.payments.sandbox.tokens import CHALLENGED
from modules.payments.statement import ALIAS, Step, run
from storefront import clock
from storefront.database.instant import adapted
from storefront.ids import new_id

_DECIDE = """
UPDATE bank_payment SET status = %(status)s, reason = %(reason)s,
  authorized = CASE WHEN %(is_approved)s THEN amount ELSE 0 END
WHERE challenge = %(challenge)s AND status = 'challenge'
RETURNING id, key, token, currency, amount
"""


def challenge(challenge_id: str) -> BankPayment | None:
    """The payment that waits, or waited, for this confirmation."""
    return BankPayment.objects.filter(challenge=challenge_id).first()


def decide(challenge_id: str, *, is_approved: bool) -> bool:
    """Confirm or deny; tells the merchant by webhook. Returns False if it was decided, or withdrawn, before."""
    now = adapted(ALIAS, clock.now())
    parameters = {
        "challenge": challenge_id, "now": now, "late": now, "reordered": now, "event": new_id("evt"),
        "is_approved": is_approved,
        "status": "authorized" if is_approved else "declined", "reason": "" if is_approved else "confirmation_denied",
        "event_name": "payment.authorized" if is_approved else "payment.declined",
    }
    with short_transaction():
        return bool(run([Step("book", _DECIDE, BOOK), announcement((CHALLENGED,))], parameters, answer="book"))
