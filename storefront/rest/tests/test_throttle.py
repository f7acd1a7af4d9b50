"""Rates: exact under threads, told in headers, harmless when their storage is down."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from storefront.rest import throttle
from storefront.rest.keys import mint
from storefront.rest.tests.asking import Asking, problem_in
from storefront.rest.throttle import Counters, admit, rate_of

CAKES = "/api/v1/cakes"


@pytest.fixture
def throttled(settings: Any) -> Iterator[Any]:
    """Counting, with small rates."""
    settings.THROTTLES = True
    settings.THROTTLE_RATES = {"read": "3/minute", "credentials": "2/minute"}
    throttle.start_afresh()
    while time.time() % 60 > 57:  # within one test no window ends
        time.sleep(0.1)
    yield settings
    throttle.start_afresh()


class TestRate:
    def test_admits_so_many_and_refuses_the_next(self, bakery: Asking, throttled: Any) -> None:
        answers = [bakery.get(CAKES) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        problem_in(answers[3], status=429, code="throttled")
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 60

    def test_is_told_with_every_answer(self, bakery: Asking, throttled: Any) -> None:
        response = bakery.get(CAKES)

        assert response.headers["RateLimit-Policy"] == '"read";q=3;w=60'
        assert response.headers["RateLimit"].startswith('"read";r=2;t=')

    def test_is_told_with_problems_too(self, bakery: Asking, throttled: Any) -> None:
        assert "RateLimit" in bakery.get("/api/v1/failures/lost").headers

    def test_counts_hot_views(self, bakery: Asking, throttled: Any) -> None:
        answers = [bakery.get("/api/v1/menus/monday").status_code for _ in range(4)]

        assert answers == [200, 200, 200, 429]

    def test_is_each_client_s_own(self, bakery: Asking, throttled: Any) -> None:
        for _ in range(4):
            bakery.get(CAKES)

        assert bakery.client.get(CAKES, REMOTE_ADDR="10.9.9.9").status_code == 200

    def test_reads_and_writes_are_counted_apart(self, bakery: Asking, throttled: Any) -> None:
        for _ in range(4):
            bakery.get(CAKES)

        assert bakery.send(CAKES, {"name": "RED-CAKE"}).status_code == 201

    def test_of_credentials_slows_guessing(self, bakery: Asking, throttled: Any, db: None) -> None:
        answers = [bakery.get("/api/v1/ledger", authorization="Bearer sk_guess").status_code for _ in range(3)]

        assert answers == [401, 401, 429]

    def test_of_secrets_for_one_key_holds_back_the_right_one_too(
        self, bakery: Asking, throttled: Any, db: None
    ) -> None:
        (row, key), (_, other) = (mint(name=name, scopes=["orders:read"]) for name in ("ERP", "Till"))
        for number in range(3):
            bakery.get("/api/v1/ledger", authorization=f"Bearer sk_{row.prefix}_{str(number) * 43}")

        answers = [bakery.get("/api/v1/ledger", authorization=f"Bearer {each}").status_code for each in (key, other)]
        named = {"authorization": f"Bearer {key}"}
        elsewhere = bakery.client.get("/api/v1/ledger", headers=named, REMOTE_ADDR="10.9.9.9")

        assert answers == [429, 200]
        assert elsewhere.status_code == 200

    def test_of_misses_slows_whoever_guesses_ids(self, bakery: Asking, throttled: Any) -> None:
        throttled.THROTTLE_RATES = {"guesses": "2/minute"}

        answers = [bakery.get("/api/v1/failures/lost") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [404, 404, 429]
        assert int(answers[2].headers["Retry-After"]) >= 1
        assert bakery.get(CAKES).status_code == 200

    def test_can_be_switched_off(self, bakery: Asking, throttled: Any) -> None:
        throttled.THROTTLES = False

        answers = {bakery.get(CAKES).status_code for _ in range(9)}

        assert answers == {200}
        assert "RateLimit" not in bakery.get(CAKES).headers

    def test_that_nobody_named_is_the_one_for_writes(self) -> None:
        assert rate_of("parcel.write")[:2] == rate_of("write")[:2]
        assert rate_of("parcel.wrap")[:2] == rate_of("write")[:2]


class TestClient:
    def test_is_the_address_that_our_own_proxy_saw(self, bakery: Asking, throttled: Any) -> None:
        throttled.TRUSTED_PROXIES = 1
        for _ in range(3):
            bakery.get(CAKES, x_forwarded_for="6.6.6.6, 10.0.0.1")

        assert bakery.get(CAKES, x_forwarded_for="7.7.7.7, 10.0.0.1").status_code == 429
        assert bakery.get(CAKES, x_forwarded_for="6.6.6.6, 10.0.0.2").status_code == 200

    def test_cannot_be_made_up_without_a_proxy(self, bakery: Asking, throttled: Any) -> None:
        answers = [bakery.get(CAKES, x_forwarded_for=f"6.6.6.{number}").status_code for number in range(4)]

        assert answers[-1] == 429


    def test_is_the_network_that_an_address_of_six_stands_for(self, bakery: Asking, throttled: Any) -> None:
        near = [f"2001:db8:0:1::{number:x}" for number in range(1, 5)]

        answers = [bakery.client.get(CAKES, REMOTE_ADDR=address).status_code for address in near]

        assert answers == [200, 200, 200, 429]
        assert bakery.client.get(CAKES, REMOTE_ADDR="2001:db8:0:2::1").status_code == 200

    def test_is_the_same_by_an_address_of_four_in_one_of_six(self, bakery: Asking, throttled: Any) -> None:
        for address in ("10.0.0.7", "::ffff:10.0.0.7", "10.0.0.7"):
            bakery.client.get(CAKES, REMOTE_ADDR=address)

        assert bakery.client.get(CAKES, REMOTE_ADDR="::ffff:10.0.0.7").status_code == 429
        assert bakery.client.get(CAKES, REMOTE_ADDR="::ffff:10.0.0.8").status_code == 200


class TestCounters:
    def test_never_lose_a_count_between_threads(self) -> None:
        counters = Counters()
        seen: list[int] = []
        start = threading.Barrier(8)

        def count() -> None:
            start.wait()
            seen.extend(counters.incr("RED-MUG", 60) for _ in range(500))

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(seen) == list(range(1, 4_001))

    def test_start_again_when_the_time_is_over(self) -> None:
        counters = Counters()

        assert [counters.incr("RED-MUG", 0), counters.incr("RED-MUG", 0)] == [1, 1]

    def test_do_not_grow_with_every_client_of_the_world(self) -> None:
        counters = Counters()
        counters.SWEEP_AT = 100

        for number in range(1_000):
            counters.incr(f"client-{number}", 60)

        assert len(counters._counts) <= 101

    def test_can_be_read_and_cleared(self) -> None:
        counters = Counters()
        counters.incr("RED-MUG", 60)

        assert (counters.get("RED-MUG"), counters.check()) == (1, True)
        assert counters.get_expiry("RED-MUG") > counters.get_expiry("BLUE-MUG")
        counters.clear("RED-MUG")
        assert counters.get("RED-MUG") == 0
        assert counters.reset() == 0


class TestStorageOutage:
    def test_admits_everybody_and_is_not_asked_again_at_once(
        self, throttled: Any, monkeypatch: pytest.MonkeyPatch, rf: Any
    ) -> None:
        asked: list[str] = []

        class Broken:
            def incr(self, key: str, _: int, _amount: int = 1) -> int:
                asked.append(key)
                raise ConnectionError("Redis is away.")

        monkeypatch.setattr(throttle._Health, "storage", Broken())

        headers = [admit(rf.get("/"), "read") for _ in range(9)]

        assert headers == [{}] * 9
        assert len(asked) == 1
