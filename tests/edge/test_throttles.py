"""Rates are exact however many ask at once, in whatever storage; and slow who guesses."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import RequestFactory

from storefront.rest import keys, throttle
from storefront.rest.fault import Fault
from storefront.rest.throttle import admit, rate_of
from storefront.testing.broker import broker_of
from storefront.testing.world import World
from tests.edge.policy import POLICY
from tests.edge.principals import SECRETS
from tests.hostile.document import operations
from tests.hostile.shop import Shop
from tests.hostile.sound import sound_request
from tests.hostile.wire import Request

N, MORE, CROWD = 200, 120, 16
RATES = {"read": f"{N}/hour", "write": f"{N}/hour", "credentials": "10/hour", "guesses": "20/hour"}


@pytest.fixture(params=["in memory", pytest.param("in Redis", marks=pytest.mark.redis)])
def counting(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """Rates by the hour, so that no window ends meanwhile."""
    with broker_of("celery-redis" if request.param == "in Redis" else "monolith") as environment:
        settings.THROTTLE_STORAGE_URL = environment.get("STOREFRONT_BROKER_URL", "")
        settings.THROTTLES = True
        settings.THROTTLE_RATES = RATES
        settings.TRUSTED_PROXIES = 1
        monkeypatch.setattr(throttle, "STORAGE_SECONDS", 30)  # exact is what is asked here, not quick
        throttle.start_afresh()
        while time.time() % 3600 > 3570:
            time.sleep(0.5)
        yield settings
        throttle.start_afresh()


@pytest.mark.proves("S10", "S6")
class TestRate:
    def test_admits_exactly_so_many_of_a_crowd(self, counting: Any, rf: RequestFactory) -> None:
        admitted: Counter[str] = Counter()
        start, lock = threading.Barrier(CROWD), threading.Lock()

        def ask() -> None:
            start.wait()
            for _ in range((N + MORE) // CROWD):
                outcome = _outcome(rf.get("/"), "read")
                with lock:
                    admitted[outcome] += 1

        threads = [threading.Thread(target=ask) for _ in range(CROWD)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert admitted == {"admitted": N, REFUSED: MORE}

    def test_of_one_client_takes_nothing_from_another(self, counting: Any, rf: RequestFactory) -> None:
        for _ in range(N + 1):
            _outcome(rf.get("/"), "read")

        assert _outcome(rf.get("/"), "read") == REFUSED
        assert _outcome(rf.get("/", REMOTE_ADDR="192.0.2.99"), "read") == "admitted"
        assert _outcome(rf.get("/"), "write") == "admitted"

    def test_of_a_storage_that_is_away_admits_everybody(self, counting: Any, rf: RequestFactory) -> None:
        counting.THROTTLE_STORAGE_URL = "redis://127.0.0.1:1/0"
        throttle.start_afresh()

        assert {_outcome(rf.get("/"), "credentials") for _ in range(20)} == {"admitted"}


def _outcome(request: Any, scope: str) -> str:
    try:
        admit(request, scope)
    except Fault as fault:
        return f"{fault.status}, and when to ask again" if int(fault.headers["Retry-After"]) >= 1 else ""
    return "admitted"


REFUSED = "429, and when to ask again"


@pytest.mark.proves("S10")
class TestEveryOperation:
    def test_is_counted_and_says_when_to_ask_again(self, shop: Shop, counting: Any) -> None:
        """By a rate of its own or by that of reads or writes; a key of another machine is another client."""
        counting.THROTTLE_RATES = dict.fromkeys(throttle.RATES, "1/hour")
        for operation in operations().values():
            throttle.start_afresh()
            request = _from(operation.name, sound_request(operation))
            shop.ask(request)
            reply = shop.ask(request)

            assert (reply.status, reply.json()["code"]) == (429, "throttled"), operation.name
            assert 1 <= int(reply.headers["Retry-After"]) <= 3600
            assert {"RateLimit", "RateLimit-Policy"} <= set(reply.headers)
            assert 429 in operation.statuses

    def test_is_counted_less_generously_where_money_moves(self) -> None:
        assert rate_of("checkout.complete").amount < rate_of("checkout.write").amount < rate_of("write").amount


@pytest.mark.proves("S9", "S10", "S2")
class TestGuesser:
    def test_of_keys_is_slowed_and_others_are_not(self, shop: Shop, counting: Any) -> None:
        request = sound_request(operations()["GET /stock"])
        row, right = keys.mint(name="Till", scopes=["stock:read"])
        guesses = [f"Bearer sk_{row.prefix}_{number:043}" for number in range(30)]

        answers = [shop.ask(request.having("Authorization", guess)).status for guess in guesses]
        found = shop.ask(request.having("Authorization", f"Bearer {right}"))

        assert answers == [401] * 10 + [429] * 20
        assert found.status == 429, "who guesses at a key is not told that it was found"
        assert shop.ask(request).status == 200

    def test_of_prefixes_is_slowed(self, shop: Shop, counting: Any) -> None:
        request = sound_request(operations()["GET /stock"])
        guesses = [f"Bearer sk_{letter}aaaaaaa_{'x' * 43}" for letter in "abcdefghjkmnpqrstuvwxyz"]

        answers = [shop.ask(request.having("Authorization", guess)).status for guess in guesses]

        assert answers == [401] * 10 + [429] * 13

    def test_is_asked_about_in_no_database_after_too_many(self, shop: Shop, counting: Any) -> None:
        from storefront.testing.statements import counted

        request = sound_request(operations()["GET /stock"]).having("Authorization", f"Bearer sk_aaaaaaaa_{'x' * 43}")
        for _ in range(10):
            shop.ask(request)

        with counted() as statements:
            shop.ask(request)

        assert statements == []

    def test_of_ids_is_slowed_on_every_path(self, shop: Shop, counting: Any) -> None:
        """Whoever knows an id is let in, also from there: 130 random bits are not guessed at any rate."""
        nobody = Shop(shop.names | dict.fromkeys(SECRETS, "crt_" + "0" * 36), shop.wire)
        for name in [name for name, right in POLICY.items() if right.holder]:
            request = _from(name, sound_request(operations()[name]).without("Authorization"))
            answers = Counter(nobody.ask(_another(request, number)).status for number in range(25))

            assert answers == {404: 20, 429: 5}, name
        assert shop.ask(sound_request(operations()["GET /carts/{cart_id}"])).status == 200

    def test_among_millions_finds_no_cart(self, world: World) -> None:
        """10^6 guesses of 2^130: the arithmetic, not a run."""
        carts, guesses_a_minute = 10**9, rate_of("read").amount

        years = 2**130 / carts / guesses_a_minute / 60 / 24 / 365

        assert years > 10**20


def _from(name: str, request: Request) -> Request:
    """From an address of its own."""
    number = list(operations()).index(name)
    return request.having("X-Forwarded-For", f"203.0.113.{number}")


def _another(request: Request, number: int) -> Request:
    return request.having("Idempotency-Key", f"guess-{number}")
