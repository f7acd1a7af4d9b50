"""Rows of payments that are hard to carry, and the command that carries them as an operator gives it."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from storefront.relocation.move import Move
from storefront.tests.premises import Premises, put

NOON = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)


def key(number: int, **changes: Any) -> dict[str, Any]:
    """A row of payments_callkey."""
    return {
        "key": f"key-{number:06}", "operation": "payments.void", "request_hash": "", "answer": None, "refusal": "",
        "claimed_until": NOON, "created_at": NOON,
    } | changes


def delivery(number: int, **changes: Any) -> dict[str, Any]:
    """A row of payments_delivery."""
    return {
        "id": number, "event_id": f"evt_{number}", "subscriber": "checkout", "subject": "pay_1", "replay": "",
        "attempts": 0, "unanswered": 0, "next_at": NOON, "lease_until": NOON, "is_dead": False, "error": "",
    } | changes


def deed(number: int, **changes: Any) -> dict[str, Any]:
    """A row of payments_auditentry."""
    texts = ("command", "detail", "object_type", "object_id", "object_name", "request_id", "operator_name", "seal")
    return dict.fromkeys(texts, "") | {
        "id": number, "at": NOON, "operator": "ada", "action": "void", "outcome": "done", "changes": "[]",
    } | changes


def receipt(number: int, **changes: Any) -> dict[str, Any]:
    """A row of payments_webhookreceipt."""
    return {
        "id": number, "provider": "sandbox", "event_id": f"evt_{number}", "name": "paid", "body": b"", "notice": "{}",
        "received_at": NOON, "handled_at": None, "next_at": None, "attempts": 0, "result": "",
    } | changes


ODD_KEYS = [
    key(1, answer=None),
    key(2, answer=""),
    key(3, answer='{"name": "Żółć 🐙 \u2028 \\u0000 \' \\" \t \n \x1f"}'),
    key(4, created_at=NOON + timedelta(microseconds=1), claimed_until=datetime(1, 1, 1, tzinfo=UTC)),
    key(5, created_at=datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    key(6, key="-", answer="\\N"),
    key(7, key="Ä", answer="1:-"),
]
ODD_RECEIPTS = [
    receipt(1, body=bytes(range(256))),
    receipt(2**63 - 1, body=b"\\N", attempts=2**31 - 1, handled_at=NOON + timedelta(microseconds=999_999)),
]
ODD_DELIVERIES = [delivery(7, is_dead=True), delivery(8, error="x" * 70_000)]


def odd(place: Premises, vendor: str, target: str) -> Move:
    """Payments with rows that are hard to carry."""
    move = place.move("payments", place.new(vendor, "payments"), place.new(target, "payments"))
    put(move, "payments_callkey", *ODD_KEYS)
    put(move, "payments_webhookreceipt", *ODD_RECEIPTS)
    put(move, "payments_delivery", *ODD_DELIVERIES)
    return move


class Ran:
    """A command that has ended."""

    def __init__(self, returncode: int, stdout: str) -> None:
        self.returncode, self.stdout = returncode, stdout


def relocate(*arguments: str, here: str, until: str = "") -> Ran:
    """`manage.py relocate` in a process of its own; killed -9 once it says `until`."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
    environment |= {"PAYMENTS_DATABASE_URL": here, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "manage.py", "relocate", *arguments]
    said = []
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            said.append(line)
            if until and until in line:
                process.kill()
    return Ran(process.returncode, "".join(said))
