"""Shoppers and an operator's machine, over the public API; whoever hears nothing asks again with the same key.

What a shopper wants is drawn by the seed and the shopper's number. What was heard is written down in `Purchase`, and
nothing that was not heard is taken for refused.
"""

import http.client
import json
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from drill.chaos.goods import KINDS, SCARCE
from drill.premises import HOST
from drill.shopping import ADDRESS

TOKENS = {
    "tok_visa": 40, "tok_mastercard": 8, "tok_applepay": 3, "tok_googlepay": 3, "tok_declined": 5,
    "tok_insufficient_funds": 3, "tok_expired": 2, "tok_3ds": 8, "tok_timeout": 3, "tok_slow": 1, "tok_flaky": 5,
    "tok_duplicate_webhook": 5, "tok_late_webhook": 4, "tok_out_of_order": 5, "tok_chargeback": 4,
}
"""The cards and wallets that people have, and how many of each."""
RARE, CANCELS, REFUNDS, PAYS_OTHERWISE, DENIES = 0.06, 0.06, 0.05, 0.4, 0.15
REFUND_MINOR = 250
TIMEOUT_SECONDS = 8.0
PATIENCE_SECONDS = 60.0
"""For one request and all its repetitions; then its outcome is unknown until the end of the trial."""
PROCESSING_SECONDS = 8.0
"""How long an order that is being placed is looked for before it is asked for anew."""
PAUSE_SECONDS = 0.15
COMPLETING_SECONDS = 3.0
"""How long another request for the same order, with another key, is waited for."""
MOST_KEYS = 8
"""How often a purchase is tried with a new key after an answer that invites it."""
ANEW = ("saga.unavailable", "inventory.reservation_lost", "checkout.completing", "cart.completing", "order.busy",
        "checkout.changed", "payments.wrong_state", "payments.voided")
"""Answers that stand for their key, and after which another may fare better."""


class Purchase(msgspec.Struct):
    """One shopper's way, as the shopper knows it."""

    name: str
    token: str
    units: dict[str, int]
    wish: str = ""
    """`cancel` or `refund`, once there is an order."""
    cart: str = ""
    checkout: str = ""
    attempt: int = 0
    """Which of its keys it completes with."""
    order: str = ""
    outcome: str = "unknown"
    """`placed`, the code of a refusal, or `unknown`."""
    told: list[str] = []
    """Every order id that was heard, in order."""
    canceled: str = "unasked"
    """`unasked`, `accepted`, `unknown`, or the code of a refusal."""
    refunded: str = "unasked"
    """The same; the refund's id if it was accepted."""
    answers: list[str] = []
    """To each of its keys, so far."""
    seconds: float = 0.0


class Unheard(Exception):
    """No answer came in all the patience there was."""


class Client:
    """Requests until one is answered."""

    def __init__(self, address_of: Callable[[str], int], key: str, heard: list[tuple[float, str]]) -> None:
        self._address_of, self._key, self._heard = address_of, key, heard
        self._connections: dict[int, http.client.HTTPConnection] = {}

    def ask(self, method: str, path: str, body: object = None, *, key: str = "", as_machine: bool = False) -> Any:
        """Until the answer is not about the way there; (status, JSON).

        :raises Unheard: patience is over
        """
        headers = {"Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        headers |= {"Authorization": f"Bearer {self._key}"} if as_machine else {}
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            status, answer = self.once(method, path, json.dumps(body) if body is not None else None, headers)
            code = str(answer.get("code", ""))
            if not _is_trouble(status, code):
                return status, answer
            self._heard.append((time.monotonic(), f"{status} {code}".strip()))
            time.sleep(PAUSE_SECONDS)
        raise Unheard(path)

    def once(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """One request; trouble on the way is a 599."""
        port = self._address_of(urlsplit(path).path)
        connection = self._connections.get(port)
        if connection is None:
            connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
            self._connections[port] = connection
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
            return response.status, dict(json.loads(text)) if text[:1] == b"{" else {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            return 599, {"code": type(error).__name__}


    def close(self) -> None:
        """Every connection."""
        for connection in self._connections.values():
            connection.close()


def _is_trouble(status: int, code: str) -> bool:
    if code in ANEW:
        return False
    return status >= 500 or status == 429 or code == "idempotency_key_in_flight"


class Shopper:
    """One after the other, over kept connections."""

    def __init__(self, client: Client, seed: str) -> None:
        self._client, self._seed = client, seed

    def wish(self, number: int) -> Purchase:
        """What the shopper of that number wants."""
        dice = random.Random(f"{self._seed}:{number}")
        units = {f"MUG-{dice.randrange(KINDS):03}": dice.randint(1, 2)}
        if dice.random() < RARE:
            units[f"RARE-{dice.randrange(SCARCE)}"] = 1
        drawn = dice.random()
        wish = "cancel" if drawn < CANCELS else "refund" if drawn < CANCELS + REFUNDS else ""
        (token,) = dice.choices(list(TOKENS), list(TOKENS.values()))
        return Purchase(name=f"{self._seed}-{number}", token=token, units=units, wish=wish)

    def buy(self, purchase: Purchase) -> None:
        """All of it; the purchase knows how far it came."""
        began_at = time.monotonic()
        try:
            if self._open(purchase):
                self.complete(purchase)
            if purchase.order and purchase.wish == "cancel":
                self.cancel(purchase)
            elif purchase.order and purchase.wish == "refund":
                self.refund(purchase)
        except Unheard:
            pass
        purchase.seconds = time.monotonic() - began_at

    def _open(self, purchase: Purchase) -> bool:
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in purchase.units.items()]
        cart = {"currency": "EUR", "lines": lines}
        status, answer = self._client.ask("POST", "/api/v1/carts", cart, key=f"{purchase.name}-cart")
        if status != 201:
            purchase.outcome = str(answer.get("code", status))
            return False
        purchase.cart = str(answer["id"])
        details = {
            "cart": purchase.cart, "email": "ada@example.org", "shipping_address": ADDRESS,
            "shipping_option": "standard", "payment": {"provider": "sandbox", "token": purchase.token},
        }
        status, answer = self._client.ask("POST", "/api/v1/checkouts", details, key=f"{purchase.name}-checkout")
        if status != 201:
            purchase.outcome = str(answer.get("code", status))
            return False
        purchase.checkout = str(answer["id"])
        return True

    def complete(self, purchase: Purchase) -> None:
        """Until there is an order or a reason why there is none."""
        dice = random.Random(f"{self._seed}:{purchase.name}:complete")
        for _ in range(MOST_KEYS):
            key = f"{purchase.name}-complete-{purchase.attempt}"
            status, answer = self._client.ask(
                "POST", f"/api/v1/checkouts/{purchase.checkout}/complete", {}, key=key
            )
            purchase.answers.append(f"{status} {answer.get('code', '')}".strip())
            if self._heard_of(purchase, status, answer):
                return
            code = str(answer.get("code", ""))
            if not self._goes_on(purchase, status, answer, dice, key):
                purchase.outcome = str(answer.get("code", status))
                return
            purchase.attempt += 1
            time.sleep(COMPLETING_SECONDS if code.endswith(".completing") else PAUSE_SECONDS)

    def _heard_of(self, purchase: Purchase, status: int, answer: dict[str, Any]) -> bool:
        """Whether it is an order, or leads to one in time."""
        order = ""
        if status == 201:
            order = str(answer["id"])
        elif answer.get("code") == "checkout.completed":
            order = str(answer["order_id"])
        elif status == 202 and self._appears(answer["order"]):
            order = urlsplit(answer["order"]).path.rpartition("/")[2]
        if order:
            purchase.order, purchase.outcome = order, "placed"
            purchase.told.append(order)
        return bool(order)

    def _appears(self, path: str) -> bool:
        give_up_at = time.monotonic() + PROCESSING_SECONDS
        while time.monotonic() < give_up_at:
            status, _ = self._client.ask("GET", path)
            if status == 200:
                return True
            time.sleep(PAUSE_SECONDS)
        return False

    def _goes_on(self, purchase: Purchase, status: int, answer: dict[str, Any], dice: random.Random, key: str) -> bool:
        """Whether another request with a new key makes sense."""
        code = str(answer.get("code", ""))
        if code == "action_required":
            decision = "deny" if dice.random() < DENIES else "approve"
            self._confirm(str(answer["action_url"]), decision)
            return True
        if code == "payment_declined" and dice.random() < PAYS_OTHERWISE:
            payment = {"payment": {"provider": "sandbox", "token": "tok_visa"}}
            path = f"/api/v1/checkouts/{purchase.checkout}"
            return bool(self._client.ask("PATCH", path, payment, key=f"{key}-pay")[0] == 200)
        return status == 202 or code in ANEW

    def _confirm(self, url: str, decision: str) -> None:
        parts = urlsplit(url)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        for _ in range(5):
            if self._client.once("POST", parts.path, urlencode({"decision": decision}), headers)[0] < 500:
                return
            time.sleep(PAUSE_SECONDS)

    def cancel(self, purchase: Purchase) -> None:
        """By an operator's machine."""
        purchase.canceled = "unknown"
        for number in range(MOST_KEYS):
            status, answer = self._client.ask(
                "POST", f"/api/v1/orders/{purchase.order}/cancel", {"reason": "changed my mind"},
                key=f"{purchase.name}-cancel-{number}", as_machine=True,
            )
            purchase.canceled = "accepted" if status == 202 else str(answer.get("code", status))
            if purchase.canceled not in ANEW:
                return
            time.sleep(PAUSE_SECONDS)

    def refund(self, purchase: Purchase) -> None:
        """A part of it goes back, once the money was taken."""
        purchase.refunded = "unknown"
        order = self._client.ask("GET", f"/api/v1/orders/{purchase.order}", as_machine=True)[1]
        payment = order["payments"][0]["id"]
        body = {"amount": {"amount": REFUND_MINOR, "currency": "EUR"}, "reason": "a scratch"}
        for number in range(MOST_KEYS):
            status, answer = self._client.ask(
                "POST", f"/api/v1/payments/{payment}/refunds", body, key=f"{purchase.name}-refund-{number}",
                as_machine=True,
            )
            purchase.refunded = str(answer["id"]) if status == 201 else str(answer.get("code", status))
            if purchase.refunded not in (*ANEW, "payments.over_limit"):
                return
            time.sleep(PAUSE_SECONDS * 2)
