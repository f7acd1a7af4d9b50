"""A shop for journeys: goods on the shelf, a shopper with a browser, an operator's machine."""

import json
from typing import Any

from django.test import Client

from modules.catalog.interface import Catalog, PriceInput, ProductInput, VariantInput
from modules.inventory.interface import Inventory, OpeningLevel
from storefront.interface import connect
from storefront.money import Money
from storefront.testing.client import client as new_client
from storefront.testing.world import World

ADDRESS = {
    "name": "Ada Lovelace", "line1": "Turmstrasse 1", "city": "Berlin", "postal_code": "10559", "country": "DE",
}


VISA = "tok_visa"


class Shopper:
    """Buys through the public API, as any client would."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or new_client()

    def post(self, path: str, body: object = None, *, key: str = "", **headers: str) -> Any:
        """POST; returns the response."""
        if key:
            headers["HTTP_IDEMPOTENCY_KEY"] = key
        return self.client.post(
            f"/api/v1/{path}", data=json.dumps(body or {}), content_type="application/json", **headers  # type: ignore[arg-type]
        )

    def get(self, path: str, **headers: str) -> Any:
        """GET; returns the response."""
        return self.client.get(path if path.startswith("/") else f"/api/v1/{path}", **headers)  # type: ignore[arg-type]

    def cart(self, *lines: tuple[str, int], currency: str = "EUR") -> dict[str, Any]:
        """A new cart."""
        body = {"currency": currency, "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines]}
        response = self.post("carts", body)
        assert response.status_code == 201, response.content
        return dict(response.json())

    def checkout(self, *lines: tuple[str, int], token: str = VISA, currency: str = "EUR") -> dict[str, Any]:
        """A checkout that lacks nothing."""
        cart = self.cart(*lines, currency=currency)
        body = {
            "cart": cart["id"], "email": "ada@example.org", "shipping_address": ADDRESS,
            "shipping_option": "standard", "payment": {"provider": "sandbox", "token": token},
        }
        response = self.post("checkouts", body)
        assert response.status_code == 201, response.content
        found = dict(response.json())
        assert found["requirements"] == [], found["requirements"]
        return found

    def complete(self, checkout: dict[str, Any], *, key: str = "", expect_total: bool = True) -> Any:
        """Place the order; returns the response."""
        body = {"expected_total": checkout["totals"]["total"]} if expect_total else {}
        return self.post(f"checkouts/{checkout['id']}/complete", body, key=key or f"buy-{checkout['id']}")

    def buy(self, *lines: tuple[str, int], token: str = VISA) -> Any:
        """The three calls; returns the response to the last."""
        return self.complete(self.checkout(*lines, token=token))

    def order(self, order_id: str, checkout_id: str) -> dict[str, Any]:
        """The order as its guest sees it."""
        response = self.get(f"orders/{order_id}?checkout={checkout_id}")
        assert response.status_code == 200, response.content
        return dict(response.json())


def stock(world: World, sku: str, on_hand: int, **policy: Any) -> None:
    """Put so many units of a SKU on the shelf, by its policy."""
    level = OpeningLevel(sku=sku, location="BER", on_hand=on_hand, **policy)
    connect(Inventory).open_levels(key=world.key(), levels=(level,))


def shelve(world: World, sku: str, *, on_hand: int = 100, price: int = 1250, **policy: Any) -> None:
    """Put a product with one variant on sale, at EUR, USD and JPY prices, with stock in Berlin."""
    variant = VariantInput(
        sku=sku, options=(), weight_g=400,
        prices=tuple(
            PriceInput(price=Money(price, currency), includes_tax=currency == "EUR")
            for currency in ("EUR", "USD", "JPY")
        ),
    )
    product = ProductInput(
        handle=sku.lower(), title=sku.replace("-", " ").capitalize(), variants=(variant,), status="active",
        categories=(("Kitchen", "Mugs"),),
    )
    connect(Catalog).put_product(key=world.key(), product=product)
    stock(world, sku, on_hand, **policy)
    world.settle()
