"""Every consumer of every event, as the registry of subscriptions names them: repeated, reordered, poisoned."""

import re
from collections import defaultdict
from random import Random
from typing import Any

import pytest
from django.apps import apps

from storefront.events import replay
from storefront.events.event import Envelope
from storefront.events.outbox import GIVE_UP_AFTER
from storefront.events.relay import deliver
from storefront.events.subscription import HANDLERS, heard_by
from storefront.testing.simulation.stage import Stage
from storefront.topology import modules_here
from tests.simulation.history import day, facts_for, hand_over, live
from tests.simulation.plants import inbox_forgets

PLATFORM = ("callkey", "delivery", "inbox", "outbox", "timer", "trial")
"""Books of the platform, in which repetitions may be seen."""
_MINTED = re.compile(r"\b(sag|shp|evt|rfd)_[0-9A-Z]{26}")


def consumers() -> list[str]:
    """Modules that hear anything."""
    return [module for module in modules_here() if heard_by(module)]


def books_of(module: str) -> dict[str, list[str]]:
    """All rows of a module without instants and numbers, and without ids that were minted meanwhile."""
    found = {}
    for model in apps.get_app_config(module).get_models():
        if model._meta.model_name in PLATFORM:
            continue
        names = [
            field.attname for field in model._meta.concrete_fields
            if field.get_internal_type() not in ("DateTimeField", "BigAutoField", "AutoField")
        ]
        rows = (repr(row) for row in model._default_manager.values_list(*names))
        found[model._meta.label] = sorted(_MINTED.sub(r"\1_", row) for row in rows)
    return found


def in_order(envelopes: list[Envelope]) -> list[Envelope]:
    return envelopes


def thrice_and_shuffled(envelopes: list[Envelope]) -> list[Envelope]:
    """Each three times, in any order; only the first of a subject comes before its second, as the relay sees to."""
    chance = Random(11)
    first = reordered(envelopes)
    for envelope in envelopes * 2:
        first.insert(chance.randint(first.index(envelope) + 1, len(first)), envelope)
    return first


def reordered(envelopes: list[Envelope]) -> list[Envelope]:
    """Subjects mixed, and one of them held back to the end."""
    chance = Random(12)
    queues: dict[str, list[Envelope]] = defaultdict(list)
    for envelope in envelopes:
        queues[envelope.subject].append(envelope)
    late = queues.pop(chance.choice(sorted(queues)))
    found = []
    while queues:
        subject = chance.choice(sorted(queues))
        found.append(queues[subject].pop(0))
        if not queues[subject]:
            del queues[subject]
    return [*found, *late]


def after(consumer: str, way: Any) -> tuple[dict[str, list[str]], int]:
    """The consumer's books after its facts came that way, and how many facts there were."""
    with day() as stage:
        live(stage)
        facts = facts_for(consumer)
        receipts = hand_over(consumer, way(facts))
        assert all(receipt.done for receipt in receipts), receipts
        return books_of(consumer), len(facts)


@pytest.mark.usefixtures("stage_door")
@pytest.mark.parametrize("consumer", consumers())
class TestConsumer:
    @pytest.mark.proves("R4", "I7")
    def test_counts_each_fact_once_that_comes_three_times(self, consumer: str) -> None:
        once, count = after(consumer, in_order)

        assert count > 3
        assert after(consumer, thrice_and_shuffled)[0] == once

    @pytest.mark.proves("R5", "I6")
    def test_ends_alike_whatever_the_order_between_subjects(self, consumer: str) -> None:
        assert after(consumer, reordered)[0] == after(consumer, in_order)[0]



@pytest.mark.usefixtures("stage_door")
class TestPlanted:
    def test_a_consumer_that_forgets_what_it_has_heard_is_seen(self) -> None:
        once, _ = after("checkout", in_order)

        with inbox_forgets(), day() as stage:
            live(stage)
            hand_over("checkout", thrice_and_shuffled(facts_for("checkout")))
            assert books_of("checkout") != once


@pytest.mark.usefixtures("stage_door")
class TestRegistry:
    def test_is_of_consumers_whose_facts_the_day_announces(self) -> None:
        with day() as stage:
            live(stage)
            announced = {envelope.type for consumer in consumers() for envelope in facts_for(consumer)}

        assert {"payments.payment_captured", "payments.payment_disputed", "payments.payment_refunded",
                "payments.payment_voided", "inventory.availability_changed", "inventory.backorder_filled",
                "inventory.stock_ran_low", "shipping.shipment_dispatched", "shipping.shipment_canceled",
                "shipping.carrier_reported"} <= announced


@pytest.mark.proves("R22")
@pytest.mark.usefixtures("stage_door")
class TestPoison:
    def test_holds_up_its_own_order_is_parked_and_replayed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with day() as stage:
            live(stage)
            poisoned, *others = list(apps.get_model("checkout", "Order").objects.order_by("serial"))
            (handler,) = HANDLERS["payments.payment_captured"]["checkout"]

            def fail(event: Any) -> None:
                if event.order_id == poisoned.id:
                    raise RuntimeError("It does not fit.")
                handler(event)

            with monkeypatch.context() as patch:
                patch.setitem(HANDLERS["payments.payment_captured"], "checkout", [fail])
                self._relay(stage, rounds=GIVE_UP_AFTER + 2)
                (letter,) = [one for one in replay.dead("payments") if one.subscriber == "checkout"]
                assert "It does not fit" in letter.error
            for order in others:
                order.refresh_from_db()
                assert order.captured_minor == order.total_minor

            replay.requeue("payments", delivery_id=letter.id)
            self._relay(stage, rounds=3)

            poisoned.refresh_from_db()
            assert (poisoned.captured_minor, poisoned.refunded_minor) == (poisoned.total_minor, 100)
            assert not list(replay.dead("payments"))

    def _relay(self, stage: Stage, *, rounds: int) -> None:
        for _ in range(rounds):
            stage.now += 700
            while deliver("payments"):
                pass
