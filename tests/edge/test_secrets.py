"""An id that is a right cannot be guessed, and stands in no log."""

import logging
import re
import time
from itertools import pairwise

import pytest

from storefront.ids import secret_id
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def chance_in(secret: str) -> int:
    """The random part of an id: what is left without its milliseconds."""
    number = 0
    for letter in secret.partition("_")[2]:
        number = number << 5 | LETTERS.index(letter)
    return number % 2**130


@pytest.mark.proves("S2")
class TestSecretId:
    def test_has_130_random_bits(self) -> None:
        chances = [chance_in(secret_id("crt")) for _ in range(2_000)]

        for bit in range(130):
            assert 800 < sum(chance >> bit & 1 for chance in chances) < 1_200, bit

    def test_tells_nothing_of_the_next_one_of_the_same_moment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(time, "time_ns", lambda: 1_800_000_000_000_000_000)
        made = [secret_id("crt") for _ in range(200)]

        steps = [chance_in(after) - chance_in(before) for before, after in pairwise(made)]

        assert 60 < sum(step < 0 for step in steps) < 140
        assert min(map(abs, steps)) > 2**100

    def test_begins_with_the_time(self) -> None:
        before = secret_id("crt")
        time.sleep(0.002)
        after = secret_id("crt")

        assert before[:14] < after[:14]
        assert re.fullmatch(r"crt_[0-9A-Z]{36}", after)

    def test_is_what_carts_checkouts_and_challenges_have(self, world: World) -> None:
        shelve(world, "RED-MUG")
        checkout = Shopper().checkout(("RED-MUG", 1), token="tok_3ds")
        refused = Shopper().complete(checkout).json()

        challenge = re.search(r"cha_[0-9A-Z]+", str(refused))
        assert challenge is not None, refused
        for secret in (checkout["id"], checkout["cart"], challenge[0]):
            assert re.fullmatch(r"[a-z]{3}_[0-9A-Z]{36}", secret)


@pytest.mark.proves("S2")
class TestLogs:
    def test_of_a_whole_purchase_tell_no_secret(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        shelve(world, "RED-MUG")
        shopper = Shopper()
        checkout = shopper.checkout(("RED-MUG", 1))
        order = shopper.complete(checkout).json()
        world.settle()
        shopper.order(order["id"], checkout["id"])
        shopper.get(f"carts/{checkout['cart']}x")
        shopper.post(f"carts/{checkout['cart']}/lines", {"sku": 7})
        shopper.complete(checkout, key="again")

        told = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records if _is_ours(record))

        assert checkout["id"] not in told
        assert checkout["cart"] not in told


def _is_ours(record: logging.LogRecord) -> bool:
    """SQL with its parameters is logged on demand only, by who runs Django's own logger at DEBUG."""
    return record.name != "django.db.backends"
