"""So many shoppers at a time until so many purchases are made."""

import threading
import time
from collections.abc import Callable
from itertools import count

from drill.chaos.premises import Premises
from drill.chaos.shoppers import Client, Purchase, Shopper


class Crowd:
    """Threads that buy; `purchases` has what each of them heard."""

    def __init__(self, place: Premises, key: str, *, seed: str, checkouts: int, shoppers: int) -> None:
        self.purchases: list[Purchase] = []
        self.heard: list[tuple[float, str]] = []
        """What made shoppers ask again, and when, by the monotonic clock."""
        self._place, self._key, self._seed, self._wanted = place, key, seed, checkouts
        self._numbers = count()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._shop, daemon=True) for _ in range(shoppers)]

    def shopper(self) -> Shopper:
        """One more."""
        return Shopper(Client(self._place.address_of, self._key, self.heard), self._seed)

    def _shop(self) -> None:
        shopper = self.shopper()
        while (number := self._next()) < self._wanted:
            purchase = shopper.wish(number)
            shopper.buy(purchase)
            self.purchases.append(purchase)

    def _next(self) -> int:
        with self._lock:
            return next(self._numbers)

    def run(self, beside: Callable[[int], None]) -> None:
        """Until all have bought. beside: called again and again with the number of purchases made."""
        for thread in self._threads:
            thread.start()
        while any(thread.is_alive() for thread in self._threads):
            beside(len(self.purchases))
            time.sleep(0.05)

    def ask_again(self, purchases: list[Purchase]) -> list[str]:
        """Each shopper asks once more with the same keys, now that the shop is well; who hears another answer.

        Those who had heard nothing learn their outcome.
        """
        wrong: list[str] = []
        left = list(purchases)

        def ask() -> None:
            shopper = self.shopper()
            while purchase := self._one_of(left):
                before = purchase.order
                shopper.buy(purchase) if _is_open(purchase) else shopper.complete(purchase)
                if before and purchase.order != before:
                    wrong.append(f"{purchase.name} was told of {before}, and then of {purchase.order or 'nothing'}.")

        threads = [threading.Thread(target=ask, daemon=True) for _ in self._threads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return wrong

    def _one_of(self, purchases: list[Purchase]) -> Purchase | None:
        with self._lock:
            return purchases.pop() if purchases else None


def _is_open(purchase: Purchase) -> bool:
    return "unknown" in (purchase.outcome, purchase.canceled, purchase.refunded)
