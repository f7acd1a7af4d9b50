"""Two releases of one face beside each other: the newer one asks, and is asked, by the older."""

from typing import Any

import msgspec
import pytest

from storefront import clock
from storefront.calls.request import written
from storefront.calls.wire import Problem, restored
from storefront.events.event import Envelope, opened
from storefront.interface import Interface, Key, Operation, Value, command
from storefront.tests.toy import FruitPicked


class OldReceipt(Value):
    id: str


class NewReceipt(Value):
    id: str
    printed_at: str = ""


class Old(Interface, module="till", version=1):
    @command(timeout=1.0)
    def pay(self, *, key: Key, pence: int) -> OldReceipt: ...


class New(Interface, module="till", version=1):
    @command(timeout=1.0)
    def pay(self, *, key: Key, pence: int, tip: int = 0) -> NewReceipt: ...


old, new = Old.operations["pay"], New.operations["pay"]


def received(callee: Operation, body: bytes) -> Any:
    return callee.request_decoder.decode(body)


class TestANewerCaller:
    def test_is_understood_by_an_older_callee_while_it_uses_nothing_new(self) -> None:
        assert received(old, written(new, {"key": "k", "pence": 5, "tip": 0})).pence == 5

    def test_is_refused_what_the_older_callee_does_not_know(self) -> None:
        with pytest.raises(msgspec.ValidationError, match="unknown field `tip`"):
            received(old, written(new, {"key": "k", "pence": 5, "tip": 1}))

    def test_sends_the_bytes_that_it_sent_before_it_was_upgraded(self) -> None:
        assert written(new, {"key": "k", "pence": 5}) == written(old, {"key": "k", "pence": 5})

    def test_reads_the_answer_of_an_older_callee(self) -> None:
        answer = msgspec.json.encode(OldReceipt(id="r"))

        assert new.answer_decoder.decode(answer) == NewReceipt(id="r")


class TestAnOlderCaller:
    def test_is_understood_by_a_newer_callee(self) -> None:
        assert received(new, written(old, {"key": "k", "pence": 5})).tip == 0

    def test_reads_past_what_it_does_not_know_of_an_answer(self) -> None:
        answer = msgspec.json.encode(NewReceipt(id="r", printed_at="now"))

        assert old.answer_decoder.decode(answer) == OldReceipt(id="r")

    def test_may_pass_on_a_refusal_that_only_the_newer_callee_knows(self) -> None:
        told = Problem(status=422, code="refused", refusal="till.closed", detail="The till is closed.")

        assert old.declared(restored(told, replayed=False))


class TestAnOlderConsumer:
    def test_reads_past_what_it_does_not_know_of_an_event(self) -> None:
        assert opened(fact(1, b'{"fruit": "FIG", "pieces": 1, "ripe": true}')) == FruitPicked(fruit="FIG", pieces=1)

    def test_leaves_an_event_of_a_newer_version_until_it_is_upgraded(self) -> None:
        with pytest.raises(LookupError, match="version 2 is newer than this process"):
            opened(fact(2, b'{"fruit": "FIG", "pieces": 1}'))


def fact(version: int, payload: bytes) -> Envelope:
    return Envelope(
        id="evt_1", type="payments.fruit_picked", version=version, subject="FIG", occurred_at=clock.now(),
        payload=payload.decode(),
    )
