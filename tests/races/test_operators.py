"""Two operators at one thing: one wins, the other is told, and nothing is lost."""

from collections import Counter
from functools import partial

import pytest

from modules.checkout.models import Order
from modules.inventory.interface import Inventory
from modules.inventory.models import Movement
from storefront.interface import connect
from storefront.rest.keys import mint
from tests.journeys.crowd import outcomes
from tests.races import REPEATS
from tests.races.scene import Scene, charges, orders

PLACE = "stock/RED-MUG/BER"


@pytest.fixture
def key(committed_world: object) -> str:
    """Of a machine that operators use."""
    scopes = ["stock:read", "stock:write", "orders:read", "orders:write"]
    return mint(name="back office", scopes=scopes)[1]


@pytest.mark.proves("S6", "I1")
class TestStock:
    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_counted_by_eight_who_read_the_same_version_is_counted_once(
        self, served: Scene, key: str, _repeat: int
    ) -> None:
        served.shelve("RED-MUG", on_hand=10)
        etag = served.machine(0, key).get(PLACE).headers["ETag"]

        answers = served.rush([
            partial(patched, served, number, key, on_hand=20 + number, etag=etag) for number in range(8)
        ])

        assert sorted(answers) == [200] + [412] * 7
        assert Movement.objects.filter(sku="RED-MUG", kind="adjusted").count() == 1

    @pytest.mark.rival("medusa#12401", "medusa#16569")
    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_taken_away_while_it_is_sold_is_never_promised_twice(
        self, served: Scene, key: str, _repeat: int
    ) -> None:
        served.shelve("RED-MUG", on_hand=30)
        entries = served.entries(40, ("RED-MUG", 1))
        change = {"sku": "RED-MUG", "location": "BER", "change": -2, "reason": "broken"}

        answers = served.rush([
            *(entry.buy for entry in entries),
            *(
                partial(served.machine(number, key).post, "stock/adjustments", change, key=f"broken-{number}")
                for number in range(10)
            ),
        ])

        sold, taken = outcomes(answers[:40]), outcomes(answers[40:])
        accepted = sum(taken[status, ""] for status in (200, 201))
        (level,) = connect(Inventory).levels(skus=("RED-MUG",))
        assert sold[201, ""] == orders() == len(charges()) == level.allocated
        assert sold == Counter({(201, ""): level.allocated, (409, "inventory.out_of_stock"): 40 - level.allocated})
        assert taken[409, "inventory.below_promised"] == 10 - accepted
        assert level.on_hand == 30 - 2 * accepted
        assert level.on_hand - level.allocated in (0, 1)  # what two cannot be taken of, one buyer was too late for


@pytest.mark.proves("S6", "I3")
@pytest.mark.rival("sylius#2776", "sylius#3138")
class TestOrder:
    @pytest.mark.parametrize("_repeat", range(REPEATS))
    def test_held_by_one_and_canceled_by_another_is_worked_on_by_one_at_a_time(
        self, served: Scene, key: str, _repeat: int
    ) -> None:
        served.shelve("RED-MUG", on_hand=50)
        (entry,) = served.entries(1, ("RED-MUG", 1))
        order_id = entry.buy().json()["id"]
        served.settle()

        answers = served.rush([
            partial(
                served.machine(number, key).post, f"orders/{order_id}/{action}", {"reason": "odd"},
                key=f"{action}-{number}",
            )
            for action in ("hold", "cancel") for number in range(4)
        ])

        told = outcomes(answers)
        assert told[202, ""] in (1, 2)
        assert set(told) <= {
            (202, ""), (409, "order.busy"), (409, "order.not_holdable"), (409, "order.not_cancelable"),
        }
        order = Order.objects.get()
        assert (order.status, order.payment_status) in {("placed", "paid"), ("canceled", "refunded")}
        assert (order.held_at is not None) == (order.status == "placed")
        assert served.available("RED-MUG") == (50 if order.status == "canceled" else 49)


def patched(scene: Scene, number: int, key: str, *, on_hand: int, etag: str) -> int:
    """Count a shelf, by the version that was read; the status."""
    answer = scene.machine(number, key).client.patch(
        f"/api/v1/{PLACE}", data={"on_hand": on_hand}, content_type="application/json", HTTP_IF_MATCH=etag
    )
    return int(answer.status_code)
