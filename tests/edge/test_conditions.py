"""No update is lost: what has a version can be changed on condition that it is the one that was read."""

from functools import partial
from typing import Any

import pytest

from storefront.testing.world import World
from tests.edge.undone import undone
from tests.hostile.books import Books, changed
from tests.hostile.document import Operation, operations
from tests.hostile.shop import Shop
from tests.hostile.sound import in_order, sound_request
from tests.hostile.wire import Request
from tests.journeys.crowd import at_once
from tests.journeys.shop import Shopper, shelve

UPDATES = ("PUT", "PATCH", "DELETE")
READ_AT = {"/carts/{cart_id}/lines/{line_id}": "/carts/{cart_id}"}
"""Where the version of a part is read: its whole has it."""


def updates() -> list[Operation]:
    """Every operation that replaces what somebody has read."""
    return [operation for operation in in_order() if operation.method in UPDATES]


def tag_of(operation: Operation, shop: Shop) -> str:
    """The present version, as somebody reads it before the change."""
    reply = shop.ask(sound_request(operations()[f"GET {READ_AT.get(operation.path, operation.path)}"]))
    return reply.headers["ETag"]


@pytest.mark.proves("S6")
class TestUpdate:
    def test_takes_the_version_wherever_there_is_one(self) -> None:
        """A new PUT, PATCH or DELETE that lets updates be lost fails here."""
        lacking = [operation.name for operation in updates() if "If-Match" not in operation.parameters_in("header")]

        assert updates()
        assert lacking == []

    def test_by_the_version_that_was_read_is_done(self, shop: Shop) -> None:
        for operation in updates():
            with undone():
                reply = shop.ask(sound_request(operation).having("If-Match", tag_of(operation, shop)))

                assert reply.status < 300, operation.name

    def test_by_a_version_that_is_past_is_refused(self, shop: Shop) -> None:
        """The second of two who have read the same."""
        books = Books()
        for operation in updates():
            with undone():
                tag = tag_of(operation, shop)
                first = shop.ask(sound_request(operation).having("If-Match", tag))
                before = books.read()
                second = shop.ask(_again(operation).having("If-Match", tag))

                assert first.status < 300, operation.name
                assert second.status == (404 if _is_gone(operation) else 412), operation.name
                assert changed(before, books.read()) == []

    @pytest.mark.parametrize("tag", ['"999999"', '"0"', 'W/"1"', '"x"', '"1", "2"'])
    def test_by_another_version_is_refused(self, tag: str, shop: Shop) -> None:
        books = Books()
        before = books.read()
        for operation in updates():
            assert shop.ask(sound_request(operation).having("If-Match", tag)).status in (400, 412), operation.name
        assert changed(before, books.read()) == []

    def test_without_a_version_is_refused_where_counting_matters(self, shop: Shop) -> None:
        required = [
            operation for operation in updates()
            if operation.parameters_in("header")["If-Match"].get("required")
        ]

        assert [operation.name for operation in required] == [
            "PATCH /stock/{sku}/{location}", "PATCH /webhook-endpoints/{endpoint_id}",
        ]
        for operation in required:
            assert shop.ask(sound_request(operation).without("If-Match")).status == 428


def _again(operation: Operation) -> Request:
    """The same intent of somebody else: whoever repeats without a key is another."""
    return sound_request(operation)


def _is_gone(operation: Operation) -> bool:
    """What was deleted has no version."""
    return operation.name in ("DELETE /carts/{cart_id}", "DELETE /webhook-endpoints/{endpoint_id}")


@pytest.mark.proves("S6")
class TestRace:
    def test_of_eight_with_one_version_is_won_by_one(self, committed_world: World) -> None:
        shelve(committed_world, "RED-MUG")
        cart = Shopper().cart(("RED-MUG", 1))

        path = f"/api/v1/carts/{cart['id']}/lines/{cart['lines'][0]['id']}"
        kept: dict[str, Any] = {"content_type": "application/json", "headers": {"If-Match": f'"{cart["version"]}"'}}

        answers = at_once([
            partial(Shopper().client.patch, path, f'{{"quantity": {number}}}', **kept) for number in range(2, 10)
        ])

        assert sorted(response.status_code for response in answers) == [200] + [412] * 7
        won = next(response for response in answers if response.status_code == 200)
        assert Shopper().get(f"carts/{cart['id']}").json()["lines"] == won.json()["lines"]
