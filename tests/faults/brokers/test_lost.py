"""Brokers that forget and go away, workers and relays killed -9: every fact arrives, once, and no order stops.

The broker is away for 3 s; `BROKER_AWAY_SECONDS=60 pytest tests/faults/brokers` is the long form.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.brokers.places import ACKNOWLEDGING, HANDLING, SENT, TRUSTING
from tests.faults.brokers.servers import rabbitmq_of_our_own, redis_of_our_own
from tests.faults.brokers.shop import Shop, shop_behind

AWAY_SECONDS = float(os.environ.get("BROKER_AWAY_SECONDS", "3"))


@pytest.fixture(
    scope="module",
    params=[pytest.param("redis", marks=pytest.mark.redis), pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)],
)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp(request.param)
    own = redis_of_our_own(folder) if request.param == "redis" else rabbitmq_of_our_own()
    with own as broker, shop_behind(broker, folder) as shop:
        yield shop


def lose_something(shop: Shop) -> None:
    """Workers are held, so that facts wait in the broker; then it forgets them."""
    lost = 0
    with shop.held_at(HANDLING):
        while not lost:
            shop.stock()
            shop.buy(1)
            lost = shop.broker.lose_everything()


def assert_all_arrived_once(shop: Shop) -> None:
    books = shop.settled()
    assert books.findings == []
    assert books.heard == books.announced
    assert books.orders == shop.orders


class TestBroker:
    @pytest.mark.proves("R7", "I6", "I7")
    def test_that_loses_everything_in_mid_load_loses_no_fact(self, shop: Shop) -> None:
        lose_something(shop)
        for _ in range(5):
            shop.stock()
            shop.buy(1)
            shop.broker.lose_everything()

        assert_all_arrived_once(shop)

    @pytest.mark.proves("R6", "I6", "I7")
    def test_that_is_away_stops_no_order(self, shop: Shop) -> None:
        shop.broker.wire.cut()
        away_until = time.monotonic() + AWAY_SECONDS
        while time.monotonic() < away_until:
            shop.stock()
            shop.buy(1)
        shop.broker.wire.mend()

        assert_all_arrived_once(shop)


class TestWorker:
    @pytest.mark.proves("R4", "I7")
    def test_killed_while_it_handles_leaves_no_effect_and_no_gap(self, shop: Shop) -> None:
        with shop.held_at(HANDLING) as somebody:
            shop.buy(2)
            os.kill(somebody(), signal.SIGKILL)

        assert_all_arrived_once(shop)

    @pytest.mark.proves("R4", "I7")
    def test_killed_between_commit_and_acknowledgement_handles_nothing_twice(self, shop: Shop) -> None:
        with shop.held_at(ACKNOWLEDGING) as somebody:
            shop.stock()
            shop.buy(2)
            somebody()
            shop.kill_worker()
        shop.start_worker()

        assert_all_arrived_once(shop)


class TestRelay:
    @pytest.mark.proves("R4", "I7")
    def test_killed_between_send_and_acknowledgement_leaves_the_fact_to_the_next(self, shop: Shop) -> None:
        with shop.held_at(SENT) as somebody, shop.held_at(HANDLING):
            shop.buy(2)
            os.kill(somebody(), signal.SIGKILL)
            shop.kill_relay()
        shop.start_relay()

        assert_all_arrived_once(shop)


@pytest.mark.redis
class TestGuard:
    def test_sees_a_relay_that_takes_the_brokers_word(self, tmp_path: Path) -> None:
        with redis_of_our_own(tmp_path) as broker, shop_behind(broker, tmp_path, planted=TRUSTING) as shop:
            lose_something(shop)
            books = shop.settled()

        assert books.heard != books.announced
