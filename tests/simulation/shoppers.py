"""Who buys: each opens a cart, completes a checkout, asks again with the same key, and remembers what was said."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from storefront.testing.simulation.stage import Stage
from tests.journeys.shop import ADDRESS, Shopper

TOKENS = (
    *["tok_visa"] * 6, "tok_declined", "tok_3ds", "tok_timeout", "tok_slow", "tok_flaky", "tok_duplicate_webhook",
    "tok_late_webhook", "tok_out_of_order",
)
TRIES = 7
ASK_AGAIN = frozenset({500, 503, 504})
NOT_YET = frozenset({"idempotency_key_in_flight", "checkout.completing", "cart.completing"})
KNOWN = frozenset({200, 201, 202, 400, 402, 404, 409, 422, 503, 504})
"""Whatever fails: the shop answers with one of these."""


@dataclass
class Purchase:
    """What a shopper wants, and what the shop has said so far."""

    number: int
    lines: tuple[tuple[str, int], ...]
    token: str
    cart: dict[str, Any] = field(default_factory=dict)
    checkout: dict[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    """Ids of orders that a 201 named."""
    refusals: list[str] = field(default_factory=list)
    """Codes of final refusals."""
    strange: list[str] = field(default_factory=list)
    """Answers that no client should ever get."""


class Buyer:
    """One shopper's browser, sometimes two clicks at once."""

    def __init__(self, stage: Stage, purchase: Purchase) -> None:
        self._stage, self.purchase = stage, purchase
        self._shopper = Shopper()

    def shop(self) -> None:
        """From the cart to the answer, or to the end of the buyer's patience."""
        purchase = self.purchase
        self._stage.sleep(self._stage.random.uniform(0, 20))
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in purchase.lines]
        purchase.cart = self._told("carts", {"currency": "EUR", "lines": wanted}, "cart")
        if not purchase.cart:
            return
        purchase.checkout = self._told("checkouts", self._body(), "checkout")
        if purchase.checkout:
            if self._stage.random.random() < 0.3:
                self._stage.enter(f"buyer {purchase.number}b", self.click)
            self.click()

    def _body(self) -> dict[str, Any]:
        return {
            "cart": self.purchase.cart["id"], "email": "ada@example.org", "shipping_address": ADDRESS,
            "shipping_option": "standard", "payment": {"provider": "sandbox", "token": self.purchase.token},
        }

    def _told(self, path: str, body: dict[str, Any], what: str) -> dict[str, Any]:
        key = f"{what}-{self.purchase.number}"
        for _ in range(TRIES):
            response = self._ask(lambda: self._shopper.post(path, body, key=key), what)
            if response is not None and response.status_code == 201:
                return dict(response.json())
            self._stage.sleep(self._stage.random.uniform(0.5, 4))
        return {}

    def click(self) -> None:
        """Buy, and ask with the same key until there is an answer; confirm at the bank if it wants that."""
        purchase = self.purchase
        shares_key = purchase.keys and self._stage.random.random() < 0.6
        key = purchase.keys[0] if shares_key else self._new_key()
        for _ in range(TRIES):
            code = self.complete(key)
            if code == "action_required":
                self._confirm()
                key = self._new_key()
            elif code:
                return
            self._stage.sleep(self._stage.random.uniform(0.5, 6))

    def _new_key(self) -> str:
        self.purchase.keys.append(f"buy-{self.purchase.number}-{len(self.purchase.keys)}")
        return self.purchase.keys[-1]

    def complete(self, key: str) -> str:
        """Ask once. Returns the order's id or the code of a refusal; empty while there is no final answer."""
        purchase = self.purchase
        expected = {"expected_total": purchase.checkout["totals"]["total"]}
        path = f"checkouts/{purchase.checkout['id']}/complete"
        response = self._ask(lambda: self._shopper.post(path, expected, key=key), f"complete with {key}")
        if response is not None and response.status_code == 202:
            return self._look(response.json()["order"])
        if response is None or response.status_code in ASK_AGAIN:
            return ""
        body = response.json()
        if response.status_code == 201:
            purchase.acknowledged.add(body["id"])
            return str(body["id"])
        if body["code"] in NOT_YET:
            return ""
        purchase.refusals.append(body["code"])
        self._action_url = body.get("action_url", "")
        return str(body["code"])

    def _look(self, url: str) -> str:
        """Where a 202 says that the order will be."""
        response = self._ask(lambda: self._shopper.get(url), "look for the order")
        if response is None or response.status_code != 200:
            return ""
        self.purchase.acknowledged.add(response.json()["id"])
        return str(response.json()["id"])

    def _confirm(self) -> None:
        random = self._stage.random
        if random.random() < 0.8:
            form = {"decision": "approve" if random.random() < 0.8 else "deny"}
            self._ask(lambda: self._shopper.client.post(self._action_url, form), "confirm at the bank", quietly=True)

    def _ask(self, send: Callable[[], Any], what: str, *, quietly: bool = False) -> Any:
        """One request; None if its process died, so that nobody answered."""
        response: Any = None
        with self._stage.mortal():
            response = send()
        if response is None:
            self._stage.tell(f"{what}: no answer")
            return None
        code = response.json().get("code", "") if "json" in response.headers.get("Content-Type", "") else ""
        self._stage.tell(f"{what}: {response.status_code} {code}".rstrip())
        if response.status_code not in KNOWN and not quietly:
            self.purchase.strange.append(f"{what}: {response.status_code} {response.content[:300]!r}")
        return response
