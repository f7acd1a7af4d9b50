"""Requests between releases: what is left out, and what is refused."""

from typing import Any

import msgspec
import pytest

from storefront.calls.request import unknown_field, written
from storefront.interface import Interface, Key, Operation, Value, command


class Door(Value):
    number: int
    colour: str = "green"


class House(Value):
    street: str
    door: Door | None = None
    doors: tuple[Door, ...] = ()
    note: str | msgspec.UnsetType = msgspec.UNSET


class Post(Interface, module="post", version=1):
    @command(timeout=1.0)
    def deliver(self, *, key: Key, house: House, speed: str = "usual", floors: tuple[int, ...] = ()) -> None: ...

    @command(timeout=1.0)
    def collect(self, *, key: Key, number: int) -> None: ...


deliver, collect = Post.operations["deliver"], Post.operations["collect"]


class TestWritten:
    def test_leaves_out_what_equals_its_default_at_every_depth(self) -> None:
        usual = "".join(["us", "ual"])  # equal, not identical
        house = House(street="Ring", door=Door(number=1, colour="green"), doors=(Door(number=2, colour="red"),))

        body = written(deliver, {"key": "k", "house": house, "speed": usual, "floors": ()})

        assert body == (
            b'{"key":"k","house":{"street":"Ring","door":{"number":1},"doors":[{"number":2,"colour":"red"}]}}'
        )

    def test_keeps_the_unlike_default_and_leaves_out_the_unset(self) -> None:
        house = House(street="Ring", note=msgspec.UNSET)

        body = written(deliver, {"key": "k", "house": house, "speed": "slow", "floors": (0,)})

        assert body == b'{"key":"k","house":{"street":"Ring"},"speed":"slow","floors":[0]}'

    def test_is_what_the_callee_reads_in_full(self) -> None:
        house = House(street="Ring", doors=(Door(number=2),), note="ring twice")

        request: Any = deliver.request_decoder.decode(written(deliver, {"key": "k", "house": house}))

        assert (request.house, request.speed, request.floors) == (house, "usual", ())

    def test_writes_as_they_are_requests_with_nothing_to_leave_out(self) -> None:
        assert written(collect, {"key": "k", "number": 0}) == b'{"key":"k","number":0}'

    @pytest.mark.parametrize("arguments", [{"key": "k"}, {"key": "k", "number": 1, "depth": 2}])
    def test_refuses_missing_and_unknown_arguments(self, arguments: dict[str, object]) -> None:
        with pytest.raises(TypeError):
            written(collect, arguments)


class TestUnknownField:
    @pytest.mark.parametrize(
        ("operation", "body", "path"),
        [
            (deliver, b'{"key":"k","house":{"street":"Ring","door":{"number":1}}}', ""),
            (deliver, b'{"key":"k","house":{"street":"Ring","door":null}}', ""),
            (deliver, b'{"key":"k","house":{"street":"Ring","lift":true}}', "house.lift"),
            (deliver, b'{"key":"k","house":{"street":"Ring","door":{"number":1,"bell":2}}}', "house.door.bell"),
            (deliver, b'{"key":"k","house":{"street":"Ring","doors":[{"number":1},{"bell":2}]}}', "house.doors.1.bell"),
            (collect, b'{"key":"k","number":1,"depth":2}', "depth"),
        ],
    )
    def test_is_found_at_every_depth(self, operation: Operation, body: bytes, path: str) -> None:
        assert unknown_field(operation, body) == path
