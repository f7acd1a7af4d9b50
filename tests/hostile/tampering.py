"""Requests in perfect form that ask for what nobody may have: another's things, more money, forged letters."""

import json
from dataclasses import replace
from typing import Any

from tests.hostile.attack import Attack, Attacks
from tests.hostile.document import PREFIX, Operation, operations
from tests.hostile.sound import signed_as, sound_request
from tests.hostile.wire import Request

SIGNATURES = (
    "", "v1,", "v1", ",", "v1,AAAA", "v1,====", "v1,\xff", "v1a,{bank_signature}", "v2,AAAA", "v1,AAAA " * 500,
    "\x00", "x" * 20_000,
    "v1,{carrier_id}", "null",
)
INSTANTS = (
    "", "0", "-1", "nan", "inf", "1e400", "9" * 400, "9" * 5_000, "1.5", "\x00", "\xff", "2020-01-01", " ", "\xb2",
)
NAMES = ("", "\x00", "\xff", "x" * 20_000, "evt_other", "{bank_id}{carrier_id}")


def letters(operation: Operation) -> Attacks:
    """Webhooks that the sender did not sign so."""
    genuine = sound_request(operation)
    for part, texts in {"signature": SIGNATURES, "timestamp": INSTANTS, "id": NAMES}.items():
        name = f"webhook-{part}"
        yield _letter(operation, f"without {name}", genuine.without(name))
        for text in texts:
            yield _letter(operation, f"{name} is {text[:30]!r}", genuine.having(name, text))
    sender = "bank" if "payments" in operation.path else "carrier"
    other = {"bank": "carrier", "carrier": "bank"}[sender]
    for name, text in signed_as(other):
        if name != "webhook-timestamp":  # perhaps of the same second
            yield _letter(operation, f"{name} of the {other}", genuine.having(name, text))
    body = genuine.body or b""
    for what, spoilt in {
        "another's letter": f"{{{other}_letter}}".encode(), "a space more": body + b" ", "nothing": b"",
        "rubbish": b"\xff\x00",
        "deep lists": b"[" * 100_000, "over 256 KiB": body + b" " * 300_000, "lower case": b"{%s}" % body,
    }.items():
        yield _letter(operation, f"signed, then {what}", replace(genuine, body=spoilt))


def _letter(operation: Operation, what: str, request: Request) -> Attack:
    return Attack("tampering", operation, what, request)


def tampering(operation: Operation) -> Attacks:
    """What is refused for its sense alone."""
    if operation.path.startswith("/webhooks/"):
        yield from letters(operation)
    for what, path, body in TAMPERINGS.get(operation.name, ()):
        sound = sound_request(operation)
        target = PREFIX + path if path else sound.target
        sent = json.dumps(body).encode() if body is not None else sound.body
        yield Attack("tampering", operation, what, replace(sound, target=target, body=sent))


def _line(sku: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "quantity": quantity, **more}


def _cart(*lines: dict[str, Any], currency: str = "EUR", **more: Any) -> dict[str, Any]:
    return {"currency": currency, "lines": list(lines), **more}


def _sum(amount: int, currency: str = "EUR") -> dict[str, Any]:
    return {"amount": {"amount": amount, "currency": currency}}


_SUMS = (
    (10**9, "EUR"), (2**62, "EUR"), (-1, "EUR"), (-(2**62), "EUR"), (0, "EUR"), (1, "USD"), (1, "JPY"), (1, "XXX"),
    (1, "eur"), (1, ""),
)
_TOO_MUCH = [(f"{amount} {currency}", "", _sum(amount, currency)) for amount, currency in _SUMS]

TAMPERINGS: dict[str, list[tuple[str, str, Any]]] = {
    "POST /carts": [
        ("a price of its own", "", _cart(_line("RED-MUG", unit_price={"amount": 1, "currency": "EUR"}))),
        ("a currency without prices", "", _cart(_line("RED-MUG"), currency="GBP")),
        ("a currency that is none", "", _cart(_line("RED-MUG"), currency="ZZZ")),
        ("unknown goods", "", _cart(_line("NO-MUG"))), ("goods of another name", "", _cart(_line("%"))),
        ("one sound line and one not", "", _cart(_line("RED-MUG"), _line("NO-MUG"))),
        ("too many in two lines", "", _cart(_line("RED-MUG", 9_999), _line("RED-MUG", 9_999))),
        ("discounts of its own", "", _cart(_line("RED-MUG"), discount={"amount": 1250, "currency": "EUR"})),
    ],
    "POST /carts/{cart_id}/lines": [
        ("a cart that was sold", "/carts/{sold_cart}/lines", None), ("unknown goods", "", _line("NO-MUG")),
        ("9,999 more twice", "/carts/{full_cart}/lines", _line("RED-MUG", 9_999)),
    ],
    "PATCH /carts/{cart_id}": [("a cart that was sold", "/carts/{sold_cart}", None)],
    "PATCH /carts/{cart_id}/lines/{line_id}": [
        ("another's line", "/carts/{cart_id}/lines/{other_line}", None),
        ("in a sold cart", "/carts/{sold_cart}/lines/{sold_line}", None),
    ],
    "DELETE /carts/{cart_id}/lines/{line_id}": [
        ("another's line", "/carts/{cart_id}/lines/{other_line}", None),
        ("in a sold cart", "/carts/{sold_cart}/lines/{sold_line}", None),
    ],
    "DELETE /carts/{cart_id}": [("a cart that was sold", "/carts/{sold_cart}", None)],
    "PATCH /checkouts/{checkout_id}": [("a checkout that was completed", "/checkouts/{order_checkout}", None)],
    "POST /checkouts/{checkout_id}/complete": [
        ("a checkout that was completed", "/checkouts/{order_checkout}/complete", None),
    ],
    "GET /orders/{order_id}": [
        ("without its checkout", "/orders/{order_id}", None),
        ("by another checkout", "/orders/{order_id}?checkout={checkout_id}", None),
        ("by an empty checkout", "/orders/{order_id}?checkout=", None),
        ("by its own id", "/orders/{order_id}?checkout={order_id}", None),
        ("by a part of its checkout", "/orders/{order_id}?checkout=chk_", None),
    ],
    "POST /orders/{order_id}/release": [("an order that nobody holds", "/orders/{order_id}/release", None)],
    "POST /payments/{payment_id}/capture": [
        *_TOO_MUCH, ("money already taken", "/payments/{payment_id}/capture", None),
    ],
    "POST /payments/{payment_id}/refunds": [
        *_TOO_MUCH, ("money never taken", "/payments/{held_payment}/refunds", None),
    ],
    "POST /payments/{payment_id}/void": [("money already taken", "/payments/{payment_id}/void", None)],
    "POST /shipments/{shipment_id}/cancel": [("one that is not there", "/shipments/{order_id}/cancel", None)],
    "POST /stock/adjustments": [
        ("more than there is", "", {"sku": "GREEN-MUG", "location": "BER", "change": -101, "reason": "theft"}),
        ("what is promised", "", {"sku": "BLUE-MUG", "location": "BER", "change": -1, "reason": "theft"}),
        ("nowhere", "", {"sku": "GREEN-MUG", "location": "NOWHERE", "change": 1, "reason": "received"}),
        ("goods that are none", "", {"sku": "NO-MUG", "location": "BER", "change": 1, "reason": "received"}),
    ],
}


def unknown_names() -> list[str]:
    """What is tampered with above though the document does not know it."""
    return sorted(set(TAMPERINGS) - set(operations()))
