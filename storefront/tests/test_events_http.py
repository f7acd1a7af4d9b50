"""Facts over HTTP: signed, acknowledged by the consumer's commit, and one that fails does not hold up the others."""

import time
from collections.abc import Callable, Iterator
from typing import Any, cast
from unittest.mock import Mock

import msgspec
import pytest
from django.test import Client

from storefront.calls import identity
from storefront.calls.carrier import CommandFailed, QueryFailed
from storefront.calls.connection import Connections, NotSent, Reply
from storefront.calls.outsider import Resting
from storefront.events import http, outbox, reach, relay, wire
from storefront.events import replay as history
from storefront.events.delivery import Receipt
from storefront.events.relay import Transport, deliver
from storefront.events.subscription import HANDLERS
from storefront.events.transport import hand_over
from storefront.interface import OutcomeUnknown, Unavailable
from storefront.testing.world import World
from storefront.tests.kitchen import CONSUMER, Kitchen, claimed, open_kitchen, owed, picked
from storefront.tests.toy import MODULE, FruitPicked
from storefront.topology.plan import Process, Topology

FIG, PLUM = ("FIG", 1), ("PLUM", 2)


@pytest.fixture
def kitchen(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kitchen]:
    """The consumer is reached through the whole HTTP stack, in this process."""
    shop = Process("shop", tuple(settings.STOREFRONT_MODULES), "http://127.0.0.1")
    settings.STOREFRONT_TOPOLOGY, settings.STOREFRONT_PROCESS = Topology("one", "http", (shop,)), shop
    monkeypatch.setattr(Connections, "exchange", through(world.client))
    reach.forget()
    with open_kitchen() as kitchen:
        yield kitchen
    reach.forget()


def through(client: Client) -> Callable[..., Reply]:
    """What the shop's own views answer."""

    def exchange(_: Connections, method: str, path: str, body: bytes, headers: Any, *, until: float) -> Reply:
        found = client.generic(method, path, body, headers["Content-Type"], headers=headers)
        return Reply(found.status_code, cast("Any", found), found.content)

    return exchange


def nobody(*_: Any, until: float) -> Reply:
    """The process is away."""
    raise NotSent("Connection refused")


def another_process_asks(settings: Any, *modules: str) -> None:
    """Sign from now on as a process that runs only these."""
    other = Process("other", modules, "http://127.0.0.1")
    shop = settings.STOREFRONT_TOPOLOGY.processes[0]
    settings.STOREFRONT_TOPOLOGY = Topology("two", "http", (shop, other))
    settings.STOREFRONT_PROCESS = other


class TestBatch:
    def test_is_acknowledged_when_its_consumer_has_committed(self, kitchen: Kitchen) -> None:
        picked(FIG, PLUM)

        deliver(MODULE, transport=http.send)

        assert kitchen.heard == [FIG, PLUM]
        assert owed() == 0

    def test_that_was_seen_before_has_no_second_effect(self, kitchen: Kitchen) -> None:
        picked(FIG)
        batch = claimed()

        receipts = [http.send(batch), http.send(batch)]

        assert receipts == [Receipt(done=batch.delivery_ids)] * 2
        assert kitchen.heard == [FIG]

    def test_comes_back_with_the_cause_of_the_one_that_failed(self, kitchen: Kitchen) -> None:
        kitchen.fails_on = {"FIG"}
        picked(FIG, PLUM, ("FIG", 3))
        batch = claimed()

        receipt = http.send(batch)

        first, second, third = batch.delivery_ids
        assert (receipt.done, receipt.waiting) == ((second,), (third,))
        assert [(each.delivery_id, each.error) for each in receipt.failed] == [
            (first, "RuntimeError: FIG does not fit.")
        ]
        assert kitchen.heard == [PLUM]

    def test_waits_uncounted_while_the_consumer_is_away(
        self, kitchen: Kitchen, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        picked(FIG)
        with monkeypatch.context() as patched:
            patched.setattr(Connections, "exchange", nobody)
            for _ in range(12):
                reach.forget()
                deliver(MODULE, transport=http.send)
                world.clock.advance(seconds=2)

        reach.forget()
        deliver(MODULE, transport=http.send)

        assert kitchen.heard == [FIG]

    def test_that_keeps_the_relay_waiting_is_not_sent_again_at_once(self) -> None:
        road = reach.Road()

        road.broke(waited=5.0)

        assert not road.is_open
        assert road._shut_until - time.monotonic() > 19

    def test_is_refused_from_a_process_that_does_not_run_its_producer(self, kitchen: Kitchen, settings: Any) -> None:
        picked(FIG)
        another_process_asks(settings, "shipping")

        with pytest.raises(Unavailable, match="403: other does not run payments"):
            http.send(claimed())

        assert kitchen.heard == []

    def test_is_refused_unsigned(self, kitchen: Kitchen, world: World) -> None:
        picked(FIG)
        body = wire.packed(claimed().parcels)

        answer = world.client.post(f"/_events/{CONSUMER}", body, content_type=wire.CONTENT_TYPE)

        assert answer.status_code == 401
        assert kitchen.heard == []

    def test_that_is_none_is_refused(self, kitchen: Kitchen, world: World) -> None:
        body = b'[{"id": 1}]'
        headers: Any = identity.sign("POST", f"/_events/{CONSUMER}", body)

        answer = world.client.post(f"/_events/{CONSUMER}", body, content_type=wire.CONTENT_TYPE, headers=headers)

        assert answer.status_code == 400


class TestAFactWhoseHandlerFails:
    @pytest.mark.proves("R22")
    @pytest.mark.parametrize("error", [KeyError, Unavailable, Resting, OutcomeUnknown, CommandFailed, QueryFailed])
    @pytest.mark.parametrize("road", [hand_over, http.send])
    def test_is_a_dead_letter_after_ten_times_whatever_it_raises_and_wherever_it_is(
        self, road: Transport, error: type[Exception], kitchen: Kitchen, world: World
    ) -> None:
        HANDLERS[FruitPicked.event_type][CONSUMER] = [Mock(side_effect=error("Too ripe."))]
        picked(FIG)
        for _ in range(outbox.GIVE_UP_AFTER):
            dead_before = history.dead(MODULE).count()
            deliver(MODULE, transport=road)
            world.clock.advance(minutes=11)

        letter = history.dead(MODULE).get()
        assert (dead_before, letter.attempts) == (0, outbox.GIVE_UP_AFTER)
        assert letter.error.startswith(error.__name__)


class TestReceipt:
    def test_closes_the_deliveries_of_its_producer(self, kitchen: Kitchen) -> None:
        picked(FIG)
        batch = claimed()

        http.send_receipt(MODULE, CONSUMER, Receipt(done=batch.delivery_ids), lease_until=batch.lease_until)

        assert owed() == 0

    def test_counts_only_from_the_process_of_the_subscriber(self, kitchen: Kitchen, settings: Any) -> None:
        picked(FIG)
        batch = claimed()
        another_process_asks(settings, "shipping")

        with pytest.raises(Unavailable, match="403"):
            http.send_receipt(MODULE, CONSUMER, Receipt(done=batch.delivery_ids), lease_until=batch.lease_until)

        assert owed() == 1


class TestWire:
    def test_is_the_batch_format_of_cloudevents(self, kitchen: Kitchen) -> None:
        picked(FIG)
        batch = claimed()

        (event,) = msgspec.json.decode(wire.packed(batch.parcels))

        assert event["specversion"] == "1.0"
        assert (event["type"], event["source"], event["subject"]) == (FruitPicked.event_type, MODULE, "FIG")
        assert event["data"] == {"fruit": "FIG", "pieces": 1}

    def test_brings_back_what_was_sent(self, kitchen: Kitchen) -> None:
        picked(FIG, PLUM)
        batch = claimed()

        assert wire.unpacked(wire.packed(batch.parcels)) == batch.parcels

    def test_carries_no_more_than_may_travel_at_once(self, kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(relay, "MAX_BYTES", 100)
        sizes: list[int] = []

        def measured(batch: Any) -> Receipt:
            sizes.append(sum(len(parcel.envelope.payload) for parcel in batch.parcels))
            return http.send(batch)

        picked(*((f"FIG-{number}", number) for number in range(9)))
        while deliver(MODULE, transport=measured):
            pass

        assert len(kitchen.heard) == 9
        assert max(sizes) <= 100
