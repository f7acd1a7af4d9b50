"""Visitors who come at a rate, whether or not others are served by then: some look, some leave a cart, some buy."""

import random
import threading
import time
from collections import Counter
from itertools import count

from drill.chaos.goods import KINDS
from drill.chaos.shoppers import Client, Shopper, Unheard
from drill.shelves import sku

LOOKS, LEAVES_A_CART = 0.4, 0.2
"""How many of the visitors only look, and how many go away from a cart. The others buy."""
REGRETS_SECONDS = 3.0
"""After which an order is canceled, or a part of its money asked for: before, it is still being worked on."""
VISITORS = 24
"""At the same time, at most."""


class Visitor:
    """One person after the other."""

    def __init__(self, client: Client, seed: str) -> None:
        self._client, self._seed, self._shopper = client, seed, Shopper(client, seed)

    def visit(self, number: int) -> str:
        """What came of it: `looked`, `left a cart`, `placed`, `canceled`, the code of a refusal, or `unknown`."""
        dice = random.Random(f"{self._seed}:visit:{number}")
        drawn, name = dice.random(), sku(dice.randrange(KINDS))
        try:
            looked = self._look(name)
            if drawn < LOOKS or looked != "looked":
                return looked
            return self._leave_a_cart(name, number) if drawn < LOOKS + LEAVES_A_CART else self._buy(number)
        except Unheard:
            return "unknown"

    def _look(self, name: str) -> str:
        for path in ("categories", "products?in_stock=true&sort=price", f"products/{name.lower()}"):
            status, answer = self._client.ask("GET", f"/api/v1/{path}")
            if status != 200:
                return f"{status} {answer.get('code', '')} of {path}"
        return "looked"

    def _buy(self, number: int) -> str:
        purchase = self._shopper.wish(number)
        wish, purchase.wish = purchase.wish, ""
        self._shopper.buy(purchase)
        if purchase.order and wish:
            time.sleep(REGRETS_SECONDS)
            (self._shopper.cancel if wish == "cancel" else self._shopper.refund)(purchase)
        return "canceled" if purchase.canceled == "accepted" else purchase.outcome

    def _leave_a_cart(self, name: str, number: int) -> str:
        cart = {"currency": "EUR", "lines": [{"sku": name, "quantity": 1}]}
        status, answer = self._client.ask("POST", "/api/v1/carts", cart, key=f"{self._seed}-{number}-left")
        return "left a cart" if status == 201 else str(answer.get("code", status))


class Crowd:
    """Visitors until they are told to stop."""

    def __init__(self, port: int, key: str, *, seed: str, per_second: float) -> None:
        """per_second: how many come; 0 for as many as are served."""
        self.outcomes: Counter[str] = Counter()
        self.heard: list[tuple[float, str]] = []
        """What made visitors ask again, and when, by the monotonic clock."""
        self.behind_s = 0.0
        """How long a visitor had to wait for another to leave, at most."""
        self._port, self._key, self._seed, self._per_second = port, key, seed, per_second
        self._numbers, self._lock, self._stopping = count(), threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._come, daemon=True) for _ in range(VISITORS)]

    def begin(self) -> None:
        """Let them come."""
        self._began_at = time.monotonic()
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Nobody comes any more; who is here finishes."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @property
    def orders(self) -> int:
        """Placed so far."""
        return self.outcomes["placed"] + self.outcomes["canceled"]

    @property
    def visits(self) -> int:
        """That are over."""
        return self.outcomes.total()

    def _come(self) -> None:
        client = Client(lambda _path: self._port, self._key, self.heard)
        visitor = Visitor(client, self._seed)
        while not self._stopping.is_set():
            number = next(self._numbers)
            if self._stopping.wait(max(0.0, self._wait_for(number))):
                break
            outcome = self._outcome(visitor, number)
            with self._lock:
                self.outcomes[outcome] += 1
        client.close()

    def _outcome(self, visitor: Visitor, number: int) -> str:
        """Of a visit; `unknown` also where an answer was not what a visitor can read."""
        try:
            return visitor.visit(number)
        except (LookupError, TypeError, ValueError) as error:
            self.heard.append((time.monotonic(), repr(error)))
            return "unknown"

    def _wait_for(self, number: int) -> float:
        """Seconds until that visitor comes."""
        if not self._per_second:
            return 0.0
        wait = self._began_at + number / self._per_second - time.monotonic()
        self.behind_s = max(self.behind_s, -wait)
        return wait
