"""What operators and machines do is kept for good; the shoppers whom they speak of are not in it."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from modules.cart.interface import Cart
from modules.checkout.interface import Checkout, Details
from modules.checkout.models import Order
from modules.shipping.interface import PostalAddress
from storefront.backoffice import chain, log
from storefront.backoffice.acting import Acting, Operator, acting
from storefront.interface import connect
from storefront.personal import everywhere
from storefront.personal.masking import MASK
from storefront.testing.world import World
from tests.journeys.shop import ADDRESS, Shopper, shelve
from tests.living.people import hits
from tests.operators.office import Office, changes_of, log_of

EMAIL, PHONE = "ada@example.org", "+49 30 1234567"
PERSON = (EMAIL, PHONE, ADDRESS["name"], ADDRESS["line1"], "Lovelace")
TYPED = f"Ms Lovelace <{EMAIL}>, {PHONE}, wants it at {ADDRESS['line1']}: ask {ADDRESS['name']} again"


@pytest.fixture
def order(world: World) -> Order:
    shelve(world, "RED-MUG")
    assert Shopper().buy(("RED-MUG", 1)).status_code in (201, 202)
    world.settle()
    return Order.objects.get()


def held(order: Order, world: World) -> Any:
    """An operator holds the order and types who called; the row of that."""
    with acting(Acting("checkout", operator=Operator("grace", "Grace Hopper"), action="hold")):
        connect(Checkout).hold(key=world.key(), order_id=order.id, reason=TYPED, actor="grace")
    return log_of("checkout")[-1]


def logged() -> dict[str, int]:
    """Where in an audit log the shopper is named."""
    return {place: count for place, count in hits(*PERSON).items() if "_auditentry." in place}


@pytest.mark.proves("S20")
class TestTheAuditLog:
    def test_says_who_did_what_to_which_order_and_nothing_of_the_shopper(self, order: Order, world: World) -> None:
        entry = held(order, world)

        assert (entry.operator, entry.operator_name, entry.command) == ("grace", "Grace Hopper", "checkout.hold")
        assert changes_of(entry)["order_id"] == (None, order.id)
        said = changes_of(entry)["reason"][1]
        assert said == f"Ms {MASK} <{MASK}>, {MASK}, wants it at {MASK}: ask {MASK} again"
        assert logged() == {}

    def test_has_nothing_left_to_forget_when_a_person_is_erased(self, order: Order, world: World) -> None:
        held(order, world)

        reports = [*everywhere.erase(EMAIL)]

        assert [kept for report in reports for kept in report.kept if kept.table.endswith("_auditentry")] == []
        assert logged() == {}

    def test_keeps_its_seal(self, order: Order, world: World) -> None:
        held(order, world)

        assert list(chain.faults("checkout")) == []

    def test_keeps_of_an_address_that_a_machine_gives_the_country(self, world: World) -> None:
        shelve(world, "RED-MUG")
        cart = connect(Cart).create(key=world.key(), currency="EUR")
        details = Details(email=EMAIL, shipping_address=PostalAddress(**ADDRESS | {"phone": PHONE}))

        with acting(Acting("checkout", operator=Operator("sk_machine"), action="POST /api/v1/checkouts")):
            connect(Checkout).open(key=world.key(), cart_id=cart.id, details=details)

        told = changes_of(log_of("checkout")[-1])["details"][1]
        assert '"country":"DE"' in told
        assert logged() == {}

    def test_keeps_nothing_of_a_row_with_a_shopper_that_is_deleted(self, order: Order, world: World) -> None:
        act = Acting("checkout", operator=Operator("grace"), action="delete")
        kept = [log.Change(field.name, getattr(order, field.attname), None) for field in order._meta.concrete_fields]

        act.tell(object_id=order.id, object_name=f"{order} of {EMAIL}", detail=f"RuntimeError: {TYPED}", changes=kept)

        assert logged() == {}
        assert changes_of(log_of("checkout")[-1])["total_minor"] == (order.total_minor, None)

    def test_would_name_them_if_it_were_not_masked(
        self, order: Order, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(log, "covered", lambda value, **_: value)

        held(order, world)

        assert logged() == {"checkout_auditentry.changes": 1}


class TestHomesLog:
    def test_names_operators_who_answer_for_what_they_did(self, office: Office) -> None:
        grace = User.objects.create_user("grace", email="grace@shop.example")

        Acting("home", operator=Operator("ada"), action="change").tell(
            object_id=str(grace.pk), changes=[log.Change("email", grace.email, "hopper@shop.example")]
        )

        assert changes_of(log_of("home")[-1])["email"] == ("grace@shop.example", "hopper@shop.example")
