"""What happens in a shop between two backups. A process of its own: `python -m tests.restoring DEED...`.

A deed is the name of a method of `Life`, perhaps with an argument: `sell=3`. What each returned is printed as JSON.
"""

import json
import os
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections, transaction

from modules.checkout.models import Order
from modules.inventory.models import Level
from modules.payments.interface import Payments
from modules.payments.models import Payment
from modules.payments.sandbox.models import BankPayment, BankRequest
from modules.shipping.interface import Shipping
from modules.shipping.models import Shipment
from storefront.audit import findings, pages
from storefront.audit.repairing import repaired
from storefront.interface import connect
from storefront.money import Money
from storefront.testing.world import World
from tests.journeys.shop import ADDRESS, Shopper, shelve

MUG = "RED-MUG"
BANK: tuple[Any, ...] = (BankPayment, BankRequest)


class Life:
    """One process of the shop, from deed to deed."""

    def __init__(self) -> None:
        self.world = World()

    def open(self, _: str) -> None:
        """Tables, and a shelf full of mugs."""
        call_command("migrate", verbosity=0)
        shelve(self.world, MUG, on_hand=15)

    def sell(self, count: str) -> None:
        """Orders, followed up."""
        for _ in range(int(count)):
            self.begin("")
        self.world.settle()

    def begin(self, _: str) -> None:
        """An order whose shopper has the answer, and nothing more."""
        answer = Shopper().buy((MUG, 1))
        assert answer.status_code == 201, answer.content

    def type_card(self, number: str) -> int:
        """A shopper takes the name, the telephone number and the e-mail address for places to put a card; a status."""
        shopper = Shopper()
        spoilt = ADDRESS | {"name": number, "phone": number}
        body = {"cart": shopper.cart((MUG, 1))["id"], "email": f"{number}@example.org", "shipping_address": spoilt}
        return int(shopper.post("checkouts", body).status_code)

    def settle(self, _: str) -> None:
        """All that is due."""
        self.world.settle()

    def later(self, minutes: str) -> None:
        """Time goes by, and what is due then is done."""
        self.world.clock.advance(minutes=int(minutes))
        self.world.settle()

    def dispatch(self, _: str) -> None:
        """The oldest parcel leaves."""
        parcel = Shipment.objects.filter(status="ready").order_by("id")[0]
        connect(Shipping).dispatch(key=self.world.key(), shipment_id=parcel.id)
        self.world.settle()

    def refund(self, _: str) -> None:
        """The oldest payment goes back in part."""
        payment = Payment.objects.filter(status="captured", refunded=0).order_by("id")[0]
        connect(Payments).refund(
            key=self.world.key(), payment_id=payment.id, refund_id="rfd_1", amount=Money(100, "EUR"), reason="chipped"
        )
        self.world.settle()

    def give_back(self, _: str) -> None:
        """An operator returns what is kept or set aside for orders that nobody knows."""
        known, payments = set(Order.objects.values_list("id", flat=True)), connect(Payments)
        for row in Payment.objects.exclude(order_id__in=known):
            if row.status == "authorized":
                payments.void(key=self.world.key(), payment_id=row.id)
            elif row.captured > row.refunded:
                payments.refund(
                    key=self.world.key(), payment_id=row.id, refund_id=f"rfd_{row.id}", reason="lost",
                    amount=Money(row.captured - row.refunded, row.currency),
                )
        self.world.settle()

    def backup(self, name: str) -> str:
        """Into a folder beside the shop; with what the bank knows, which no shop can restore."""
        self.remember_bank(name)
        return _said("backup", str(self._folder(name)))

    def remember_bank(self, name: str) -> None:
        """What the bank knows, beside the shop."""
        bank = [list(model.objects.values()) for model in BANK]
        self._folder(f"{name}.bank").write_text(json.dumps(bank, default=str))

    def restore(self, argument: str) -> str:
        """All of it, or some modules: `monday`, `monday:cart,payments`."""
        name, _, modules = argument.partition(":")
        only = modules.split(",") if modules else []
        return _said("restore", str(self._folder(name)), only=only, force=True, no_audit=bool(modules))

    def restore_into_nothing(self, name: str) -> str:
        """Where there are no tables yet."""
        return _said("restore", str(self._folder(name)))

    def count_on(self, count: str) -> str:
        """As an operator does who knows that orders are lost: their numbers are nobody else's."""
        return _said("orders", "skip-numbers", count)

    def skip(self, name: str) -> str:
        """All of it, and the next hundred numbers are nobody's."""
        return _said("restore", str(self._folder(name)), force=True, skip_numbers=100)

    def bank_of(self, name: str) -> None:
        """The bank knows what it knew then, whatever became of the shop."""
        with transaction.atomic(using="payments"):
            for model, rows in zip(BANK, json.loads(self._folder(f"{name}.bank").read_text()), strict=True):
                model.objects.all().delete()
                model.objects.bulk_create(model(**row) for row in rows)

    def audit(self, _: str) -> list[tuple[str, str]]:
        """Every finding: its code and what it is about."""
        return [(finding.code, finding.about) for _, finding in findings()]

    def repair(self, _: str) -> list[tuple[str, str, str]]:
        """What became of every finding."""
        return [(each.finding.code, each.finding.about, each.outcome) for each in repaired()]

    def say(self, option: str) -> str:
        """What an operator reads who asks for the audit."""
        return _said("audit", **({option: True} if option else {}))

    def tell(self, _: str) -> dict[str, Any]:
        """How the shop stands."""
        orders = Order.objects.order_by("serial")
        return {
            "orders": {
                order.id: f"{order.status} {order.payment_status} {order.fulfilment_status}" for order in orders
            },
            "numbers": [order.number for order in orders],
            "payments": dict(Payment.objects.values_list("order_id", "id")),
            "lost": sorted(set(Payment.objects.values_list("order_id", flat=True)) - {order.id for order in orders}),
            "kept": sum(bank.captured - bank.refunded for bank in BankPayment.objects.all()),
            "on hand": sum(Level.objects.values_list("on_hand", flat=True)),
        }

    def _folder(self, name: str) -> Path:
        return Path(os.environ["DATA_DIR"]).parent / name


def _said(command: str, *arguments: str, **options: Any) -> str:
    said = StringIO()
    try:
        call_command(command, *arguments, stdout=said, **options)
    except CommandError as error:
        return f"{said.getvalue()}CommandError: {error}"
    return said.getvalue()


def main(deeds: list[str]) -> None:
    """Do one after the other, and tell what came of each."""
    pages.LOOK_AGAIN_AFTER_S = 0.0
    life = Life()
    came: list[Any] = []
    for deed in deeds:
        name, _, argument = deed.partition("=")
        act: Callable[[str], Any] = getattr(life, name)
        came.append(act(argument))
    sys.stdout.write(json.dumps(came) + "\n")
    connections.close_all()
