"""A shop of real processes in a test, one shopper, and what both say in the end."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from drill.chaos import history, injecting
from drill.chaos.goods import on_hand
from drill.chaos.premises import Premises
from drill.chaos.shoppers import Client, Purchase, Shopper
from drill.shopping import ADDRESS

CHECKOUTS = 100
"""So much as is in stock for that many."""
PLACED, NOT_NOW = 201, 503


class Scene:
    """The shop, opened, and the purchases made in it."""

    def __init__(self, place: Premises) -> None:
        self.place = place
        self._key = place.open(CHECKOUTS)
        self.purchases: list[Purchase] = []
        self.answers: Counter[int] = Counter()
        """Statuses of what was asked once."""
        self._client = self.client()
        self._numbers = count()

    def client(self) -> Client:
        """With connections of its own, for one thread."""
        return Client(self.place.address_of, self._key, [])

    def buy(self) -> Purchase:
        """Two mugs, a good card, and all the patience that a shopper has."""
        purchase = self.wish()
        Shopper(self._client, "scene").buy(purchase)
        self.purchases.append(purchase)
        assert purchase.outcome == "placed", f"{purchase}\n{self.place.log}"
        return purchase

    def wish(self) -> Purchase:
        """To buy two mugs."""
        return Purchase(name=f"scene-{next(self._numbers)}", token="tok_visa", units={"MUG-001": 2})

    def try_to_buy(self, client: Client) -> int:
        """Each request once; the status of the last. Who hears 503 keeps the wish, and the key, for later."""
        purchase = self.wish()
        self.purchases.append(purchase)
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in purchase.units.items()]
        status, cart = self.post(client, "carts", {"currency": "EUR", "lines": lines}, f"{purchase.name}-cart")
        if status != PLACED:
            return status
        details = {
            "cart": cart["id"], "email": "ada@example.org", "shipping_address": ADDRESS,
            "shipping_option": "standard", "payment": {"provider": "sandbox", "token": purchase.token},
        }
        status, checkout = self.post(client, "checkouts", details, f"{purchase.name}-checkout")
        if status != PLACED:
            return status
        key = f"{purchase.name}-complete-0"
        return self.post(client, f"checkouts/{checkout['id']}/complete", {}, key)[0]

    def post(self, client: Client, path: str, body: object, key: str) -> tuple[int, dict[str, Any]]:
        """Once."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        status, answer = client.once("POST", f"/api/v1/{path}", json.dumps(body), headers)
        self.answers[status] += 1
        return status, answer

    def read(self, client: Client | None = None) -> int:
        """The status of a page of products."""
        return (client or self._client).once("GET", "/api/v1/products", None, {})[0]

    def assert_in_order(self) -> None:
        """Everybody who was sent away comes back with the same keys; then all is there once, and paid once."""
        shopper = Shopper(self._client, "scene")
        for purchase in self.purchases:
            if not purchase.order:
                shopper.buy(purchase)
        injecting.settle(self.place, lambda _: None)
        books, rest = self.place.ledger.books(), self.place.ledger.rest()
        verdict = history.judged(self.purchases, books, rest, on_hand(CHECKOUTS))
        assert verdict.is_good, f"{verdict}\n{self.place.log}"
        assert self.place.ledger.audit() == []
        assert len(books.orders) == len(self.purchases)

    def close(self) -> None:
        """Its connections."""
        self._client.close()


@contextmanager
def opened(place: Premises) -> Iterator[Scene]:
    """The shop there, with goods, at work."""
    scene = Scene(place)
    try:
        yield scene
    finally:
        scene.close()
