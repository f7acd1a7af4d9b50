"""Builds the shop under trial and reads all of its books: `python -m drill.chaos.ledger`, a word a line.

It runs as the monolith on the same databases, does no work of its own, and its clock moves with that of the shop.
"""

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import django
import msgspec
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

SCOPES = ("orders:read", "orders:write", "payments:read", "payments:write")


class Money(msgspec.Struct, frozen=True):
    """A payment of an order, as payments tells it and as the bank does. Minor units."""

    id: str
    status: str
    kept: int
    """Captured and not refunded."""
    refunded: int
    bank_kept: int
    bank_held: int
    """Set aside, neither taken nor given back."""
    charged_back: int = 0


class Placed(msgspec.Struct, frozen=True):
    """An order."""

    id: str
    cart: str
    checkout: str
    status: str
    total: int
    units: dict[str, int]
    flags: list[str]
    parcels: int
    """On their way or about to be; not canceled ones."""
    payments: list[Money]


class Books(msgspec.Struct, frozen=True):
    """All of them."""

    orders: list[Placed]
    strays: list[Money]
    """Payments of orders that do not exist."""
    unclaimed: list[str]
    """The bank's payments that keep or hold money and that we know nothing of."""
    levels: dict[str, tuple[int, int, int]]
    """SKU -> on hand, allocated, reserved."""
    refunds: dict[str, tuple[str, int]]
    """Refund -> status and amount."""
    under_way: list[str]
    """Sagas that are not over, and why."""


class Rest(msgspec.Struct, frozen=True):
    """What is still to be done, and what was given up; all of it should be 0 in the end."""

    deliveries: int
    sagas: int
    webhooks: int
    attempts: int
    """At the bank, of which nobody knows the end."""
    parked: int
    dead: int

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is under way."""
        return not (self.deliveries or self.sagas or self.webhooks or self.attempts)


def main(**more: Callable[..., Any]) -> None:
    """A word a line on standard input, an answer a line on standard output. more: further words."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what commands print goes to the log
    django.setup()
    from drill.chaos.watched import watch

    watch()
    acts: dict[str, Callable[..., Any]] = {
        "build": _build, "rest": _rest, "books": _books, "audit": _audit, **more,
    }
    for line in sys.stdin:
        word, *arguments = line.split()
        answers.write(msgspec.json.encode(acts[word](*arguments)) + b"\n")
        connections.close_all()  # the server may be started anew before the next word


def _build(checkouts: str) -> dict[str, Any]:
    """Tables and goods; returns a machine's key and which module each public path is of."""
    from django.core.management import call_command

    from drill.chaos.goods import PRICE, on_hand
    from drill.shelves import shelve
    from storefront.background import work_once
    from storefront.rest.keys import mint
    from storefront.topology import modules_here
    from storefront.topology.routes import routes

    call_command("migrate", verbosity=0)
    for sku, units in on_hand(int(checkouts)).items():
        shelve(sku, on_hand=units, price=PRICE)
    while work_once(modules_here()):
        pass
    return {"key": mint(name="Chaos", scopes=SCOPES)[1], "routes": [list(route) for route in routes()]}


def _rest() -> Rest:
    from django.apps import apps

    from modules.payments.models import Attempt, WebhookReceipt
    from modules.payments.sandbox.models import BankWebhook
    from storefront.topology import modules_here

    owed = [apps.get_model(module, "Delivery").objects for module in modules_here()]
    sagas, letters = apps.get_model("checkout", "SagaRow").objects, BankWebhook.objects.exclude(due_at=None)
    return Rest(
        deliveries=sum(each.filter(is_dead=False).count() for each in owed),
        sagas=sagas.exclude(next_at=None).count(),
        webhooks=letters.count() + WebhookReceipt.objects.exclude(next_at=None).count(),
        attempts=Attempt.objects.exclude(due_at=None).count(),
        parked=sagas.filter(status="parked").count(), dead=sum(each.filter(is_dead=True).count() for each in owed),
    )


def _books() -> Books:
    from modules.checkout.models import Order
    from modules.inventory.models import Level
    from modules.payments.models import Attempt

    paid, unclaimed = _money()
    units, flags, parcels = _units(), _flags(), _parcels()
    orders = [
        Placed(
            id=order.id, cart=order.cart_id, checkout=order.checkout_id, status=order.status, total=order.total_minor,
            units=units[order.serial], flags=flags[order.id], parcels=parcels[order.id],
            payments=paid.pop(order.id, []),
        )
        for order in Order.objects.order_by("serial").iterator()
    ]
    return Books(
        orders=orders, strays=[each for payments in paid.values() for each in payments], unclaimed=unclaimed,
        levels={row.item_id: (row.on_hand, row.allocated, row.reserved) for row in Level.objects.iterator()},
        refunds={
            row.refund_id: (row.status, row.amount) for row in Attempt.objects.filter(kind="refund").iterator()
        },
        under_way=_under_way(),
    )


def _money() -> tuple[dict[str, list[Money]], list[str]]:
    """Order -> its payments; and the bank's payments with money that none of them claims."""
    from modules.payments.models import Payment
    from modules.payments.sandbox.models import BankPayment

    bank = {row.id: row for row in BankPayment.objects.iterator()}
    paid = defaultdict[str, list[Money]](list)
    for payment in Payment.objects.order_by("id").iterator():
        theirs = bank.pop(payment.reference, None)
        paid[payment.order_id].append(
            Money(
                id=payment.id, status=payment.status, kept=payment.captured - payment.refunded,
                refunded=payment.refunded, charged_back=payment.charged_back,
                bank_kept=theirs.captured - theirs.refunded if theirs else 0,
                bank_held=theirs.authorized - theirs.captured - theirs.voided if theirs else 0,
            )
        )
    unclaimed = [
        row.id for row in bank.values() if row.captured - row.refunded or row.authorized - row.captured - row.voided
    ]
    return paid, unclaimed


def _units() -> dict[int, dict[str, int]]:
    """Serial of an order -> SKU -> units."""
    from modules.checkout.models import OrderLine

    units = defaultdict[int, dict[str, int]](dict)
    for serial, sku, quantity in OrderLine.objects.values_list("order_id", "sku", "quantity").iterator():
        units[serial][sku] = units[serial].get(sku, 0) + quantity
    return units


def _flags() -> dict[str, list[str]]:
    from modules.checkout.models import OrderFlag

    flags = defaultdict[str, list[str]](list)
    for order_id, code in OrderFlag.objects.values_list("order_id", "code").iterator():
        flags[order_id].append(code)
    return flags


def _parcels() -> dict[str, int]:
    from modules.shipping.models import Shipment

    return Counter(Shipment.objects.exclude(status="canceled").values_list("order_id", flat=True).iterator())


def _under_way() -> list[str]:
    from django.apps import apps

    sagas = apps.get_model("checkout", "SagaRow").objects
    return [
        f"{row.saga} {row.id} of {row.subject}, {row.status} at step {row.step}, {row.attempts} attempts,"
        f" next at {row.next_at}, lease until {row.lease_until}: {row.error}"
        for row in sagas.exclude(status__in=("done", "undone"), next_at=None)
    ]


def _audit() -> list[str]:
    from modules.payments.settling import GIVEN_TWICE
    from storefront.audit import findings

    # some dispute what was refunded to them: an operator contests that, and no book is wrong
    return [f"{module}: {finding}" for module, finding in findings() if not f"{finding}".endswith(GIVEN_TWICE)]


if __name__ == "__main__":
    main()
