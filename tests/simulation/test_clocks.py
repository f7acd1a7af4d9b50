"""Workers whose clocks differ by five minutes: one may take for dead what another is at, and nothing happens twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from modules.checkout.models import Order
from modules.payments.sandbox.models import BankPayment
from storefront.audit import findings
from storefront.events import inbox, outbox
from storefront.sagas import runner
from storefront.testing.simulation.stage import Stage
from tests.journeys.shop import Shopper
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
