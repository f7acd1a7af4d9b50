"""Money that several hands move at once: every cap holds to the cent."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from modules.checkout.interface import Checkout, NotCancelable, OrderBusy
from modules.checkout.models import Order
from modules.shipping.interface import Shipping
from storefront.interface import Refusal, connect
from storefront.rest.keys import mint
from tests.journeys.crowd import outcomes
from tests.races import REPEATS
from tests.races.scene import Scene, charges

RACES = 5


@pytest.fixture
def key(committed_world: object) -> str:
    """Of a machine that moves money."""
    return mint(name="ERP", scopes=["payments:write", "payments:read", "orders:write", "orders:read"])[1]


@pytest.mark.proves("S6", "I3", "I4", "I5")
@pytest.mark.rival("vendure#2620", "pinelab-vendure-plugins#620", "medusa#13301")
class TestRefunds:
    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_of_a_tenth_each_asked_for_a_hundred_times_are_ten(self, served: Scene, key: str, _repeat: int) -> None:
        served.shelve("RED-MUG", on_hand=50)
        payment, total = self.paid(served)

        answers = served.rush([
            partial(
                served.machine(number, key).post, f"payments/{payment}/refunds",
                {"amount": {"amount": total // 10, "currency": "EUR"}, "reason": "chipped"}, key=f"refund-{number}",
            )
            for number in range(100)
        ])

        assert outcomes(answers) == Counter({(201, ""): 10, (422, "payments.over_limit"): 90})
        assert charges() == [total - total // 10 * 10]

    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_of_everything_asked_for_twice_at_once_are_one(self, served: Scene, key: str, _repeat: int) -> None:
        served.shelve("RED-MUG", on_hand=50)
        payment, _ = self.paid(served)

        answers = served.rush([
            partial(served.machine(number, key).post, f"payments/{payment}/refunds", {}, key=f"all-{number}")
            for number in range(2)
        ])

        assert sorted(answer.status_code for answer in answers) == [201, 422]
        assert charges() == [0]

    def paid(self, scene: Scene) -> tuple[str, int]:
        """A payment that was captured, and its amount."""
        (entry,) = scene.entries(1, ("RED-MUG", 2))
        assert entry.buy().status_code == 201
        scene.settle()
        order = Order.objects.get()
        return order.payment_id, order.total_minor


@pytest.mark.proves("S6", "I3", "I4", "I5")
class TestCancelAgainstCapture:
    def test_of_an_order_returns_what_was_taken(self, served: Scene, key: str) -> None:
        """The shopper has the answer, the money is about to be taken, and three operators cancel."""
        count = RACES * REPEATS
        served.shelve("RED-MUG", on_hand=100)

        for entry in served.entries(count, ("RED-MUG", 1)):
            order_id = entry.shopper.complete(entry.checkout).json()["id"]
            answers = served.rush([
                partial(canceling, served, number, key, order_id) for number in range(3)
            ])
            assert sorted(answers) == [202, 409, 409]

        assert Counter(Order.objects.values_list("status", flat=True)) == Counter({"canceled": count})
        assert charges() == [0] * len(charges())
        assert served.available("RED-MUG") == 100


class TestCancelAgainstDispatch:
    @pytest.mark.proves("S6", "I3")
    def test_either_the_parcel_leaves_or_the_money_returns(self, here: Scene) -> None:
        here.shelve("RED-MUG", on_hand=100)
        checkouts, shipping = connect(Checkout), connect(Shipping)

        for number, entry in enumerate(here.entries(RACES * REPEATS, ("RED-MUG", 1))):
            order_id = entry.buy().json()["id"]
            here.settle()
            (shipment,) = shipping.shipments_of(order_id=order_id)
            here.rush([
                partial(heard, partial(shipping.dispatch, key=f"d{number}", shipment_id=shipment.id)),
                partial(
                    heard,
                    partial(checkouts.cancel, key=f"c{number}", order_id=order_id, reason="late", actor="ada"),
                ),
            ])
            order = Order.objects.get(id=order_id)
            assert (order.status, order.fulfilment_status, order.payment_status) in {
                ("placed", "fulfilled", "paid"), ("canceled", "canceled", "refunded"),
            }


def heard(command: Callable[[], object]) -> str:
    """The refusal, if there was one."""
    while True:
        try:
            command()
        except OrderBusy:
            continue
        except Refusal as refusal:
            return refusal.code
        return ""


def canceling(scene: Scene, number: int, key: str, order_id: str) -> int:
    """Cancel as an operator does, who is told that the order is still being worked on; the final status."""
    machine = scene.machine(number, key)
    for attempt in range(3000):
        answer = machine.post(f"orders/{order_id}/cancel", {}, key=f"cancel-{order_id}-{number}-{attempt}")
        if answer.json().get("code") != OrderBusy.code or Order.objects.get(id=order_id).status == "canceled":
            break
    assert answer.json().get("code", "") in ("", OrderBusy.code, NotCancelable.code)
    return int(answer.status_code)
