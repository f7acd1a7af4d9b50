"""The process that serves shoppers, one order a line, and reads the books: `python -m tests.faults.brokers.customers`.

It relays nothing and runs nothing beside requests: that is left to the processes that are killed.
"""

import os
import sys
from importlib import import_module
from typing import Any

import msgspec

os.environ["STOREFRONT_BACKGROUND"] = "none"
MUG = "RED-MUG"
ON_HAND = 5_000


def main() -> None:
    """A word a line on standard input, an answer a line on standard output."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what commands print goes to the log
    import_module("tests.faults.brokers.hurried")  # its leases are as short as those of the others
    acts = {"build": _build, "order": _order, "stock": _stock, "books": _books, "paid": _paid}
    for line in sys.stdin:
        answers.write(msgspec.json.encode(acts[line.strip()]()) + b"\n")


def _build() -> None:
    from django.core.management import call_command

    from storefront.testing.world import World
    from tests.journeys.shop import shelve

    call_command("migrate", verbosity=0)
    shelve(World(), MUG, on_hand=ON_HAND)


def _order() -> int:
    """The status that a shopper is answered."""
    from tests.journeys.shop import Shopper

    return int(Shopper().buy((MUG, 1)).status_code)


def _stock() -> None:
    """A hundred SKUs arrive, which is a hundred facts for catalog."""
    from modules.inventory.interface import Inventory, OpeningLevel
    from storefront.ids import ulid
    from storefront.interface import connect

    levels = tuple(OpeningLevel(sku=f"CUP-{ulid()}", location="BER", on_hand=1) for _ in range(100))
    connect(Inventory).open_levels(key=f"faults:{ulid()}", levels=levels)


def _paid() -> int:
    from modules.checkout.models import Order

    return Order.objects.filter(payment_status="paid").count()


def _books() -> dict[str, Any]:
    from django.apps import apps

    from modules.checkout.models import Order
    from storefront.audit import findings
    from storefront.events.subscription import subscribers_of
    from storefront.topology import modules_here

    announced: dict[str, int] = {}
    for module in modules_here():
        for fact in apps.get_model(module, "Outbox").objects.values_list("type", flat=True):
            for hearer in subscribers_of(fact):
                announced[hearer] = announced.get(hearer, 0) + 1
    return {
        "orders": Order.objects.count(),
        "owed": sum(apps.get_model(module, "Delivery").objects.count() for module in modules_here()),
        "sagas": apps.get_model("checkout", "SagaRow").objects.exclude(status="done").count(),
        "announced": announced,
        "heard": {hearer: apps.get_model(hearer, "Inbox").objects.count() for hearer in announced},
        "findings": [f"{module}: {finding}" for module, finding in findings()],
    }


if __name__ == "__main__":
    main()
