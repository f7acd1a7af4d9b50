"""Who works in the shop: cancels, holds, releases, refunds, dispatches, counts; each errand keeps its key."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import OperationalError

from modules.checkout.interface import Checkout
from modules.inventory.interface import Inventory
from modules.payments.interface import Payments
from modules.shipping.interface import Shipping
from storefront.interface import OutcomeUnknown, Refusal, Unavailable, connect
from storefront.money import Money
from storefront.testing.simulation.stage import Stage

checkouts, inventory, payments, shipping = connect(Checkout), connect(Inventory), connect(Payments), connect(Shipping)
TRIES = 4


@dataclass
class Errand:
    """A command that an operator has given, and what came of it."""

    what: str
    carry_out: Callable[[], Any]
    outcome: str = ""
    """`done`, or the code of the refusal; empty while nobody knows."""
    change: tuple[str, int] = ("", 0)
    """What an adjustment does to which SKU, if it is done."""

    def attempt(self) -> None:
        """Ask, with the errand's own key."""
        try:
            self.carry_out()
        except Refusal as refusal:
            self.outcome = refusal.code
        except (Unavailable, OutcomeUnknown):
            self.outcome = ""
        else:
            self.outcome = "done"


class Operator:
    """One who does something every few seconds."""

    def __init__(self, stage: Stage, name: str, skus: tuple[str, ...], *, errands: int) -> None:
        self._stage, self._name, self._skus, self._count = stage, name, skus, errands
        self.errands: list[Errand] = []

    def work(self) -> None:
        """All errands, one after the other."""
        for number in range(self._count):
            self._stage.sleep(self._stage.random.uniform(2, 25))
            errand: Errand | None = None
            with self._stage.mortal(), suppress(OperationalError):  # whose screen stays empty
                errand = self._errand(f"{self._name}-{number}")
            if errand:
                self.errands.append(errand)
                self._see_to(errand)

    def _see_to(self, errand: Errand) -> None:
        for _ in range(TRIES):
            with self._stage.mortal():
                errand.attempt()
            self._stage.tell(f"{errand.what}: {errand.outcome or 'no answer'}")
            if errand.outcome:
                return
            self._stage.sleep(self._stage.random.uniform(1, 10))

    def _errand(self, key: str) -> Errand | None:
        random = self._stage.random
        if random.random() < 0.3:
            sku, change = random.choice(self._skus), random.choice((-1, 1, 2))
            return Errand(
                f"adjust {sku} by {change}", change=(sku, change),
                carry_out=lambda: inventory.adjust(
                    key=key, sku=sku, location="BER", change=change, reason="count", actor=self._name
                ),
            )
        orders = list(apps.get_model("checkout", "Order").objects.order_by("serial").values_list("id", flat=True))
        return self._about(random.choice(orders), key) if orders else None

    def _about(self, order_id: str, key: str) -> Errand | None:
        kind = self._stage.random.choice(("cancel", "cancel", "hold", "release", "dispatch", "dispatch", "refund"))
        if kind == "dispatch":
            return self._dispatch(order_id, key)
        if kind == "refund":
            return self._refund(order_id, key)
        said = {"key": key, "order_id": order_id, "actor": self._name}
        if kind != "release":
            said["reason"] = "of the simulation"
        return Errand(f"{kind} {order_id}", lambda: getattr(checkouts, kind)(**said))

    def _dispatch(self, order_id: str, key: str) -> Errand | None:
        rows = apps.get_model("shipping", "Shipment").objects.filter(order_id=order_id, status="ready").order_by("id")
        row = rows.first()
        if row is None:
            return None
        return Errand(f"dispatch {row.id}", lambda: shipping.dispatch(key=key, shipment_id=row.id))

    def _refund(self, order_id: str, key: str) -> Errand | None:
        payment = apps.get_model("payments", "Payment").objects.filter(order_id=order_id, captured__gt=0).first()
        if payment is None:
            return None
        return Errand(
            f"refund 1.00 of {payment.id}",
            lambda: payments.refund(
                key=key, payment_id=payment.id, refund_id=f"rfd_{key}", amount=Money(100, payment.currency),
                reason="goodwill",
            ),
        )
