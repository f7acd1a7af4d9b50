"""Shoppers: a cart, a checkout, an order, by the public API; the same key again after trouble, as any sound client."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from drill.premises import HOST
from drill.shelves import sku

TIMEOUT_SECONDS = 10.0
"""For one answer; then the same request is sent again."""
PATIENCE_SECONDS = 60.0
"""After which a shopper goes away without an order: a failure."""
PAUSE_SECONDS = 0.1
ADDRESS = {
    "name": "Ada Lovelace", "line1": "Turmstrasse 1", "city": "Berlin", "postal_code": "10559", "country": "DE",
}
TRY_AGAIN = (404, 409, 429)
"""Beside all 5xx: not there yet, under way, too much at once."""


class Bought(NamedTuple):
    """One shopper's way through the shop. Instants are of the monotonic clock."""

    order: str
    """Empty if none came of it."""
    cart: str
    completing_at: float
    ended_at: float
    asked: int
    """How often the last of the three calls was sent."""
    troubles: tuple[str, ...]
    """What was heard before asking again."""

    @property
    def heard(self) -> str:
        """What was heard before asking again, each once and how often."""
        return ", ".join(f"{count} times {trouble}" for trouble, count in Counter(self.troubles).items())

    @property
    def seconds(self) -> float:
        """From the first sending of the last call to the answer that is final."""
        return self.ended_at - self.completing_at


class Gone(Exception):
    """The shopper's patience is over, or the shop said no."""


class Shopper:
    """One person after the other, over one kept connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
        self.asked = 0
        self.troubles: list[str] = []

    def buy(self, name: str) -> Bought:
        """The three calls. name: what no other purchase is called."""
        self.troubles, order, cart = [], "", ""
        began_at = time.monotonic()
        try:
            lines = [{"sku": sku(random.randrange(KINDS)), "quantity": random.randint(1, 2)}]
            cart = self._post("carts", {"currency": "EUR", "lines": lines}, f"{name}-cart")["id"]
            told = {
                "cart": cart, "email": "ada@example.org", "shipping_address": ADDRESS, "shipping_option": "standard",
                "payment": {"provider": "sandbox", "token": "tok_visa"},
            }
            checkout = self._post("checkouts", told, f"{name}-checkout")["id"]
            began_at, self.asked = time.monotonic(), 0
            order = self._post(f"checkouts/{checkout}/complete", {}, f"{name}-complete")["id"]
        except Gone as gone:
            self.troubles.append(str(gone))
        return Bought(order, cart, began_at, time.monotonic(), self.asked, tuple(self.troubles))

    def _post(self, path: str, body: object, key: str) -> dict[str, Any]:
        """Until the answer is final."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            self.asked += 1
            status, answer = self._exchange("POST", f"/api/v1/{path}", body, key)
            if status == 202:  # it is being placed: look where it will be
                self.troubles.append("202")
                status, answer = self._exchange("GET", answer["order"])
            if status in (200, 201):
                return answer
            self.troubles.append(f"{status} {answer.get('code', '')}".strip())
            if status < 500 and status not in TRY_AGAIN:
                raise Gone(f"POST {path} was answered {status}: {answer}")
            time.sleep(PAUSE_SECONDS)
        raise Gone(f"POST {path}: no final answer in {PATIENCE_SECONDS:.0f} s")

    def _exchange(self, method: str, path: str, body: object = None, key: str = "") -> tuple[int, dict[str, Any]]:
        """One request. Trouble on the way is a 599."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        try:
            self._connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = self._connection.getresponse()
            return response.status, dict(json.loads(response.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            return 599, {"code": type(error).__name__}

    def leave(self) -> None:
        """Close the connection."""
        self._connection.close()


KINDS = 40
"""Of mugs, so that no single one is what all wait for."""


class Crowd:
    """Shoppers at a steady rate until they are told to stop."""

    def __init__(self, port: int, *, shoppers: int, per_second: float) -> None:
        self.bought: list[Bought] = []
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._shop, args=(port, number, shoppers / per_second), daemon=True)
            for number in range(shoppers)
        ]

    def _shop(self, port: int, number: int, every_seconds: float) -> None:
        shopper, count = Shopper(port), 0
        due_at = time.monotonic() + random.random() * every_seconds
        while not self._stopping.wait(max(0.0, due_at - time.monotonic())):
            self.bought.append(shopper.buy(f"shopper-{number}-{count}"))
            count += 1
            due_at = max(due_at + every_seconds, time.monotonic())
        shopper.leave()

    def begin(self) -> None:
        """All of them."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Let everybody finish what was begun."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int, tell: Callable[[str], None]) -> None:
        """Until so many more have been served."""
        wanted = len(self.bought) + count
        told_at = time.monotonic()
        while len(self.bought) < wanted:
            time.sleep(0.05)
            if time.monotonic() - told_at > 10:
                told_at = time.monotonic()
                tell(f"{len(self.bought)} served so far ...")
