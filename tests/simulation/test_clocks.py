"""Workers whose clocks differ by five minutes: one may take for dead what another is at, and nothing happens twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from modules.checkout.models import Order
from modules.inventory.interface import Inventory, StockLine
from modules.payments.sandbox.models import BankPayment
from storefront import clock
from storefront.audit import findings
from storefront.events import inbox, outbox
from storefront.interface import connect
from storefront.sagas import runner
from storefront.testing.simulation.stage import Stage
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve
from tests.simulation.history import day, live
from tests.simulation.test_events import books_of
from tests.simulation.test_providers import bank, minutes_pass

AHEAD_SECONDS = 300


@contextmanager
def five_minutes_ahead(stage: Stage) -> Iterator[None]:
    """What is done in here is done by a process whose clock is ahead."""
    stage.stepped_back -= AHEAD_SECONDS
    try:
        yield
    finally:
        stage.stepped_back += AHEAD_SECONDS


@pytest.mark.proves("R15")
@pytest.mark.usefixtures("stage_door")
class TestClocksThatDiffer:
    @pytest.mark.parametrize("name", ["authorize", "capture"])
    def test_let_two_runners_hold_a_saga_and_one_of_them_move_it(self, name: str) -> None:
        taken_over: list[bool] = []

        def ask(really: Callable[[], Any], **_: Any) -> Any:
            if not taken_over:
                with five_minutes_ahead(stage):
                    taken_over.append(True)
                    runner.run_due("checkout")
            return really()

        with day() as stage:
            with bank(ask, name):
                Shopper().buy(("RED-MUG", 1))
                minutes_pass(stage, 5)
            minutes_pass(stage, 30)

            (charge,), orders = BankPayment.objects.all(), Order.objects.count()
            assert taken_over
            assert (orders, charge.captured) in ((1, charge.amount), (0, 0))
            assert list(findings()) == []

    def test_let_two_relays_send_a_fact_and_it_counts_once(self) -> None:
        with day() as stage:
            live(stage)
            first = outbox.claim("payments")
            with five_minutes_ahead(stage):
                second = outbox.claim("payments")
                assert [batch.delivery_ids for batch in second] == [batch.delivery_ids for batch in first]
                self._hand_over(second)
            before = books_of("checkout")

            self._hand_over(first)

            assert books_of("checkout") == before
            assert outbox.claim("payments") == []

    def _hand_over(self, batches: list[Any]) -> None:
        for batch in batches:
            receipt = inbox.receive(batch.subscriber, batch.parcels)
            outbox.settle(batch.producer, batch.subscriber, receipt, lease_until=batch.lease_until)

    def test_let_orders_keep_the_turn_they_came_in_while_clocks_go_back(self) -> None:
        with day() as stage:
            for _ in range(3):
                Shopper().buy(("RED-MUG", 1))
                stage.stepped_back += AHEAD_SECONDS
            minutes_pass(stage, 30)

            orders = [*Order.objects.order_by("serial")]
            assert [each.placed_at for each in orders] == sorted([each.placed_at for each in orders], reverse=True)
            assert len({each.placed_at for each in orders}) == 3
            assert list(findings()) == []


SOON = timedelta(minutes=2)


@pytest.mark.proves("R15", "R19", "I9")
class TestADay:
    @pytest.mark.parametrize("instant", [
        "2028-02-28T23:55:00+00:00", "2028-02-29T23:55:00+00:00", "2027-12-31T23:55:00+00:00",
        "2028-03-26T00:55:00+00:00", "2028-10-29T00:55:00+00:00",
    ], ids=["before a leap day", "after a leap day", "year's end", "summer time begins", "summer time ends"])
    def test_is_like_any_other_to_a_reservation_and_an_order(self, world: World, instant: str) -> None:
        world.clock.advance(seconds=(datetime.fromisoformat(instant) - clock.now()).total_seconds())
        shelve(world, "RED-MUG", on_hand=5)
        checkout = (shopper := Shopper()).checkout(("RED-MUG", 1))
        held = connect(Inventory).reserve(
            key=world.key(), order_id="ord_1", lines=(StockLine(sku="RED-MUG", quantity=2),)
        )

        world.clock.advance(seconds=(held.expires_at - clock.now() - SOON).total_seconds())
        world.settle()
        assert available("RED-MUG") == 3
        assert shopper.complete(checkout).status_code == 201
        world.clock.advance(seconds=(2 * SOON).total_seconds())
        world.settle()

        assert available("RED-MUG") == 4
        assert list(findings()) == []


def available(sku: str) -> int:
    """Units that may still be promised."""
    (found,) = connect(Inventory).availability(skus=(sku,))
    return found.available
