"""One sound request for every operation: what the journey sends, and what the attackers spoil.

In the order in which they all succeed in one shop. `{cart_id}` and its like are things of that shop.
"""

import json
from typing import Any, NamedTuple

from tests.hostile.document import PREFIX, Operation, operations
from tests.hostile.wire import Headers, Request

TOTAL = 918_273
"""Stands in a body for the total of the shop's checkout."""

_ADDRESS = {
    "name": "Ada Lovelace", "company": "Analytical Engines", "line1": "Turmstrasse 1", "line2": "Hof 2",
    "city": "Berlin", "region": "Berlin", "postal_code": "10559", "country": "DE", "phone": "+49 30 123456",
}
_DETAILS = {
    "email": "ada@example.org", "shipping_address": _ADDRESS, "billing_address": _ADDRESS,
    "shipping_option": "standard", "payment": {"provider": "sandbox", "token": "tok_visa"},
}


class Sound(NamedTuple):
    """What fits an operation. path: which thing of the shop each path parameter means, unless its namesake."""

    body: Any = None
    path: dict[str, str] = {}
    query: str = ""
    headers: Headers = ()


def signed_as(sender: str) -> Headers:
    """The headers of a genuine letter, as Standard Webhooks names them."""
    return tuple((f"webhook-{part}", f"{{{sender}_{part}}}") for part in ("id", "timestamp", "signature"))


SOUND = {
    "GET /categories": Sound(),
    "GET /products": Sound(query="category=kitchen&search=mug&in_stock=true&min_price=1&sort=price&facets=true"),
    "GET /products/{name}": Sound(query="currency=EUR"),
    "POST /carts": Sound(
        {"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 2}], "metadata": {"table": "seven"}}
    ),
    "GET /carts/{cart_id}": Sound(),
    "PATCH /carts/{cart_id}": Sound({"metadata": {"table": "nine"}}),
    "POST /carts/{cart_id}/lines": Sound({"sku": "BLUE-MUG", "quantity": 1}),
    "PATCH /carts/{cart_id}/lines/{line_id}": Sound({"quantity": 3}),
    "DELETE /carts/{cart_id}/lines/{line_id}": Sound(),
    "DELETE /carts/{cart_id}": Sound(),
    "POST /checkouts": Sound({"cart": "{other_cart}", **_DETAILS}),
    "GET /checkouts/{checkout_id}": Sound(),
    "PATCH /checkouts/{checkout_id}": Sound(_DETAILS),
    "POST /checkouts/{checkout_id}/complete": Sound({"expected_total": {"amount": TOTAL, "currency": "EUR"}}),
    "GET /orders": Sound(query="limit=2&count=true&status=placed&placed_after=2020-01-01T00:00:00Z"),
    "GET /orders/{order_id}": Sound(query="checkout={order_checkout}"),
    "POST /orders/{order_id}/hold": Sound({"reason": "The mug may be cracked."}, path={"order_id": "waiting_order"}),
    "POST /orders/{order_id}/release": Sound(path={"order_id": "waiting_order"}),
    "POST /orders/{order_id}/cancel": Sound({"reason": "Bought twice."}, path={"order_id": "waiting_order"}),
    "GET /payments/{payment_id}": Sound(),
    "POST /payments/{payment_id}/capture": Sound(
        {"amount": {"amount": 100, "currency": "EUR"}}, path={"payment_id": "held_payment"}
    ),
    "POST /payments/{payment_id}/refunds": Sound({"amount": {"amount": 100, "currency": "EUR"}, "reason": "A crack."}),
    "POST /payments/{payment_id}/void": Sound({}, path={"payment_id": "idle_payment"}),
    "GET /shipments/{shipment_id}": Sound(),
    "GET /shipments/{shipment_id}/label": Sound(),
    "POST /shipments/{shipment_id}/dispatch": Sound({}),
    "POST /shipments/{shipment_id}/cancel": Sound({}, path={"shipment_id": "idle_shipment"}),
    "GET /stock": Sound(query="sku=RED-MUG&sku=BLUE-MUG&location=BER&limit=1&count=true"),
    "GET /stock/{sku}/{location}": Sound(),
    "PATCH /stock/{sku}/{location}": Sound(
        {"on_hand": 90, "reason": "counted"}, headers=(("If-Match", '"{level_version}"'),)
    ),
    "POST /stock/adjustments": Sound({"sku": "BLUE-MUG", "location": "BER", "change": 5, "reason": "received"}),
    "POST /webhook-endpoints": Sound(
        {"url": "https://erp.example/hooks", "events": ["product.published"], "description": "ERP, purchasing"}
    ),
    "GET /webhook-endpoints": Sound(query="limit=2&count=true"),
    "GET /webhook-endpoints/{endpoint_id}": Sound(),
    "PATCH /webhook-endpoints/{endpoint_id}": Sound(
        {"url": "https://erp.example/hooks", "events": ["*"], "description": "ERP", "status": "disabled"},
        headers=(("If-Match", '"1"'),),
    ),
    "POST /webhook-endpoints/{endpoint_id}/rotate-secret": Sound({"old_for_hours": 1}),
    "POST /webhook-endpoints/{endpoint_id}/test": Sound({}),
    "POST /webhook-endpoints/{endpoint_id}/replay": Sound(
        {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}
    ),
    "GET /webhook-endpoints/{endpoint_id}/messages": Sound(query="limit=2&status=pending"),
    "DELETE /webhook-endpoints/{endpoint_id}": Sound(),
    "GET /events": Sound(query="limit=2&type=product.published"),
    "POST /webhooks/carriers/{carrier}": Sound("{carrier_letter}", headers=signed_as("carrier")),
    "POST /webhooks/payments/{provider}": Sound("{bank_letter}", headers=signed_as("bank")),
}


def sound_request(operation: Operation) -> Request:
    """The request that fits; by a machine with every scope where one is needed, else by a guest.

    :raises LookupError: nobody has said yet what fits the operation
    """
    sound = SOUND.get(operation.name)
    if sound is None:
        raise LookupError(f"{operation.name} has no sound request; add one to tests/hostile/sound.py.")
    headers: Headers = sound.headers
    if operation.scope:
        headers += (("Authorization", "Bearer {machine}"),)
    if operation.parameters_in("header").get("Idempotency-Key", {}).get("required"):
        headers += (("Idempotency-Key", "once-and-for-all"),)
    body = None
    if sound.body is not None:
        headers += (("Content-Type", "application/json"),)
        body = sound.body.encode() if isinstance(sound.body, str) else json.dumps(sound.body).encode()
    target = PREFIX + operation.path
    for name in operation.parameters_in("path"):
        target = target.replace(f"{{{name}}}", f"{{{sound.path.get(name, name)}}}")
    return Request(operation.method, f"{target}?{sound.query}" if sound.query else target, headers, body)


def in_order() -> list[Operation]:
    """The operations that this process has, in the order in which their sound requests succeed."""
    return [operations()[name] for name in SOUND if name in operations()]
