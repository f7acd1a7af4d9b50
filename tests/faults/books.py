"""What there is to see of the one order in a shop, over all modules and the bank."""

from typing import Any

from django.apps import apps
from django.db.models import F, Sum

from modules.checkout.events import OrderPlaced
from modules.checkout.models import Order
from modules.inventory.interface import Inventory
from modules.payments.models import Payment
from modules.payments.sandbox.models import BankPayment
from modules.shipping.models import Shipment
from storefront.audit import findings
from storefront.interface import connect
from storefront.testing.world import World
from storefront.topology import modules_here
from tests.faults.report import Books
from tests.journeys.shop import Shopper

MUG, LAST = "RED-MUG", "LAST-MUG"


def read(checkout: dict[str, Any], answer: dict[str, Any]) -> Books:
    """Everything, with the audit."""
    orders = list(Order.objects.values_list("id", flat=True))
    assert not answer["order"] or orders == [answer["order"]], f"The shopper was told {answer}; there are {orders}."
    stock = connect(Inventory).levels(skus=(LAST, MUG))
    cart = Shopper().get(f"carts/{checkout['cart']}").json()
    return Books(
        answer=f"{answer['status']} {answer['code']}".strip(),
        orders=len(orders),
        announced=len(World().published(OrderPlaced)),
        payments=tuple(Payment.objects.order_by("id").values_list("status", flat=True)),
        is_charged=_moved_by_the_bank() == [(checkout["totals"]["total"]["amount"], 0)],
        held=BankPayment.objects.aggregate(sum=Sum(F("authorized") - F("captured") - F("voided")))["sum"] or 0,
        stock=tuple((level.on_hand, level.allocated, level.reserved) for level in stock),
        parcels=Shipment.objects.filter(status="ready").count(),
        cart="completed" if cart["is_completed"] else "completing" if cart["is_completing"] else "open",
        sagas=tuple(sagas().order_by("started_at", "id").values_list("status", flat=True)),
        owed=owed(),
        findings=tuple(f"{module}: {finding}" for module, finding in findings()),
    )


def _moved_by_the_bank() -> list[tuple[int, int]]:
    return [money for money in BankPayment.objects.values_list("captured", "refunded") if any(money)]


def sagas() -> Any:
    """The sagas of the only module that has any."""
    return apps.get_model("checkout", "SagaRow").objects


def owed() -> int:
    """How many facts are still to be delivered."""
    return sum(apps.get_model(module, "Delivery").objects.count() for module in modules_here())


def is_quiet() -> bool:
    """Whether no fact is owed and no saga is under way."""
    return not owed() and not sagas().exclude(status__in=("done", "undone")).exists()
