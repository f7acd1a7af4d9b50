"""Who may do what, by hand: a row for each route of the shop. A route without a row fails the tests."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Right:
    """What opens a route.

    scope: a machine's key with it is let in; is_owned: only one of the machine that made the thing.
    holder: the things whose secret ids let anybody in who knows them.
    is_signed: only a letter with the sender's signature is taken. reads_keys: whether a wrong key is told so.
    done: the status of what is done.
    """

    done: int = 200
    scope: str = ""
    holder: tuple[str, ...] = ()
    is_owned: bool = False
    is_signed: bool = False
    reads_keys: bool = True

    def __str__(self) -> str:
        ways = [f"{'its own machine' if self.is_owned else 'a key'} with `{self.scope}`"] if self.scope else []
        ways += ["whoever holds the id of the " + " or the ".join(self.holder)] if self.holder else []
        ways += ["the signed letters of the sender"] if self.is_signed else []
        return ", or ".join(ways) or "everybody"


CART, CHECKOUT, ORDER = ("cart",), ("checkout",), ("checkout that placed it",)

POLICY = {
    "GET /categories": Right(reads_keys=False),
    "GET /products": Right(reads_keys=False),
    "GET /products/{name}": Right(reads_keys=False),
    "POST /carts": Right(201),
    "GET /carts/{cart_id}": Right(holder=CART),
    "PATCH /carts/{cart_id}": Right(holder=CART),
    "DELETE /carts/{cart_id}": Right(204, holder=CART),
    "POST /carts/{cart_id}/lines": Right(201, holder=CART),
    "PATCH /carts/{cart_id}/lines/{line_id}": Right(holder=CART),
    "DELETE /carts/{cart_id}/lines/{line_id}": Right(holder=CART),
    "POST /checkouts": Right(201, holder=CART),
    "GET /checkouts/{checkout_id}": Right(holder=CHECKOUT),
    "PATCH /checkouts/{checkout_id}": Right(holder=CHECKOUT),
    "POST /checkouts/{checkout_id}/complete": Right(201, holder=CHECKOUT),
    "GET /orders": Right(scope="orders:read"),
    "GET /orders/{order_id}": Right(scope="orders:read", holder=ORDER),
    "POST /orders/{order_id}/cancel": Right(202, scope="orders:write"),
    "POST /orders/{order_id}/hold": Right(202, scope="orders:write"),
    "POST /orders/{order_id}/release": Right(202, scope="orders:write"),
    "GET /payments/{payment_id}": Right(scope="payments:read"),
    "POST /payments/{payment_id}/capture": Right(scope="payments:write"),
    "POST /payments/{payment_id}/void": Right(scope="payments:write"),
    "POST /payments/{payment_id}/refunds": Right(201, scope="payments:write"),
    "GET /shipments/{shipment_id}": Right(scope="shipments:read"),
    "GET /shipments/{shipment_id}/label": Right(scope="shipments:read"),
    "POST /shipments/{shipment_id}/dispatch": Right(scope="shipments:write"),
    "POST /shipments/{shipment_id}/cancel": Right(scope="shipments:write"),
    "GET /stock": Right(scope="stock:read"),
    "GET /stock/{sku}/{location}": Right(scope="stock:read"),
    "PATCH /stock/{sku}/{location}": Right(scope="stock:write"),
    "POST /stock/adjustments": Right(201, scope="stock:write"),
    "GET /webhook-endpoints": Right(scope="webhooks:read"),
    "POST /webhook-endpoints": Right(201, scope="webhooks:write"),
    "GET /webhook-endpoints/{endpoint_id}": Right(scope="webhooks:read", is_owned=True),
    "PATCH /webhook-endpoints/{endpoint_id}": Right(scope="webhooks:write", is_owned=True),
    "DELETE /webhook-endpoints/{endpoint_id}": Right(204, scope="webhooks:write", is_owned=True),
    "POST /webhook-endpoints/{endpoint_id}/rotate-secret": Right(scope="webhooks:write", is_owned=True),
    "POST /webhook-endpoints/{endpoint_id}/test": Right(202, scope="webhooks:write", is_owned=True),
    "POST /webhook-endpoints/{endpoint_id}/replay": Right(202, scope="webhooks:write", is_owned=True),
    "GET /webhook-endpoints/{endpoint_id}/messages": Right(scope="webhooks:read", is_owned=True),
    "GET /events": Right(scope="events:read"),
    "POST /webhooks/carriers/{carrier}": Right(is_signed=True),
    "POST /webhooks/payments/{provider}": Right(is_signed=True),
}
"""The operations of the OpenAPI document."""

PREREQUISITES = {"POST /orders/{order_id}/release": "POST /orders/{order_id}/hold"}
"""What must have been done before, for the request to succeed."""

OTHERS = {
    "livez": (("GET", 200),),
    "readyz": (("GET", 200),),
    "startupz": (("GET", 200),),
    "_modules": (("GET", 401),),
    "_call/<str:module>/<str:operation>": (("GET", 405), ("POST", 401)),
    "_events/<str:module>": (("GET", 405), ("POST", 401)),
    "_receipts/<str:module>": (("GET", 405), ("POST", 401)),
    "_identity/staff": (("GET", 405), ("POST", 401)),
    "_identity/machines": (("GET", 405), ("POST", 401)),
    "_identity/keys": (("GET", 405), ("POST", 401)),
    "_follow_up": (("GET", 405), ("POST", 401)),
    "_personal": (("GET", 405), ("POST", 401)),
    "api/v1/openapi.json": (("GET", 200), ("POST", 405)),
    "api/v1/docs": (("GET", 200), ("POST", 405)),
    "api/v1/docs.js": (("GET", 200), ("POST", 405)),
    "api/v1/payments/returns/<str:payment_id>": (("GET", 404), ("POST", 405)),
    "api/v1/sandbox/challenges/<str:challenge_id>": (("GET", 404), ("POST", 404), ("PUT", 405)),
    "media/<path:name>": (("GET", 404), ("POST", 405)),
    "^api/": (("GET", 404), ("POST", 404), ("DELETE", 404)),
}
"""Routes outside the document: by method, what everybody without the secret is told; no key or session changes it."""
