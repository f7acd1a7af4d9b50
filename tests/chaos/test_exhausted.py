"""A module whose tables are locked, and whose few connections all wait: nobody waits for ever, nothing breaks."""

import threading
import time
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest

from drill.chaos.premises import Premises, premises
from tests.chaos.shop import NOT_NOW, PLACED, Scene, opened

BUYERS, READERS = 24, 4
LOCKED_SECONDS = 6.0
LONGEST_SECONDS = 30.0
"""A public request is given up after 15 s; the machine may have other things to do."""
POOL = "2"


@pytest.fixture
def place() -> Iterator[Premises]:
    with premises("monolith", seed="exhausted", DATABASE_POOL=POOL, STOREFRONT_QUEUE_MS="100") as place:
        yield place


class Rush:
    """Many at once, while payments can write nothing."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.bought: Counter[int] = Counter()
        self.read: Counter[int] = Counter()
        self.longest = 0.0
        self._is_over = threading.Event()

    def run(self) -> None:
        """Until everybody has an answer."""
        buyers = [threading.Thread(target=self._buy) for _ in range(BUYERS)]
        readers = [threading.Thread(target=self._read) for _ in range(READERS)]
        with self._payments_locked():
            for thread in (*buyers, *readers):
                thread.start()
            time.sleep(LOCKED_SECONDS)
        for thread in buyers:
            thread.join()
        self._is_over.set()
        for thread in readers:
            thread.join()

    def _payments_locked(self) -> psycopg.Connection[tuple[object, ...]]:
        server = self.scene.place.server
        assert server
        connection = psycopg.connect(f"{server.url}/shop")
        connection.execute("LOCK TABLE payments.payments_payment, payments.payments_attempt IN ACCESS EXCLUSIVE MODE")
        return connection

    def _buy(self) -> None:
        client, began_at = self.scene.client(), time.monotonic()
        self.bought[self.scene.try_to_buy(client)] += 1
        self.longest = max(self.longest, time.monotonic() - began_at)
        client.close()

    def _read(self) -> None:
        client = self.scene.client()
        while not self._is_over.wait(0.05):
            began_at = time.monotonic()
            self.read[self.scene.read(client)] += 1
            self.longest = max(self.longest, time.monotonic() - began_at)
        client.close()


@pytest.mark.postgresql
class TestExhausted:
    @pytest.mark.proves("R10", "I2", "I3")
    @pytest.mark.withstands("checkout", "payments", "slow")
    def test_connections_cost_an_answer_now_and_no_order_ever(self, place: Premises) -> None:
        with opened(place) as scene:
            scene.buy()
            rush = Rush(scene)

            rush.run()
            began_at = time.monotonic()
            scene.buy()
            recovered_s = time.monotonic() - began_at

            assert rush.bought.keys() <= {PLACED, 202, NOT_NOW}, (rush.bought, place.log)
            assert rush.read.keys() <= {200, NOT_NOW}, rush.read
            assert rush.read[200] >= 10, "Who looks around is served meanwhile."
            assert rush.longest < LONGEST_SECONDS
            assert recovered_s < LONGEST_SECONDS, "5 s on a machine that has nothing else to do"
            scene.assert_in_order()
