"""The door that other processes knock at: who comes in, and what is not even begun."""

from typing import Any

import msgspec
import pytest

from storefront.calls import server, wire
from storefront.calls.carrier import CalleeFailed, CommandFailed, QueryFailed
from storefront.calls.identity import DEADLINE_MS, KEY, SIGNATURE, sign
from storefront.calls.outsider import Resting
from storefront.calls.pace import Pace
from storefront.calls.provider import PROVIDERS, Provider
from storefront.interface import Interface, OutcomeUnknown, Unavailable, UnknownRefusal, query
from storefront.testing.world import World
from storefront.tests.toy import MODULE, Grower, planted
from storefront.topology.plan import Process, Topology


@pytest.fixture
def grower(world: World) -> Any:
    with planted() as grower:
        yield grower


@pytest.fixture(autouse=True)
def caller(settings: Any) -> Process:
    """A process that may call the toy's module, and signs as this one."""
    caller = Process("shop", ("checkout",), "http://shop")
    stock = Process("stock", ("inventory",), "http://stock")
    settings.STOREFRONT_TOPOLOGY = Topology("three", "http", (caller, stock, Process("toy", (MODULE,), "http://toy")))
    settings.STOREFRONT_PROCESS = caller
    return caller


def pick(world: World, *, path: str = "/_call/payments/pick", fruit: str = "APPLE", ms: int = 2000, **sent: Any) -> Any:
    body = sent.pop("body", None) or msgspec.json.encode({"key": "k", "fruit": fruit, "pieces": 1})
    headers = sign("POST", path, body, key="k", deadline_ms=ms) | sent.pop("headers", {})
    return world.client.post(path, sent.pop("instead", body), content_type="application/json", headers=headers)


def code_of(response: Any) -> tuple[int, str]:
    return response.status_code, wire.problem_in(response.content).code


class TestWhoComesIn:
    def test_a_process_that_imports_the_face(self, world: World, grower: Grower) -> None:
        answer = pick(world)

        assert (answer.status_code, answer.json()) == (200, {"fruit": "APPLE", "pieces": 1})

    def test_nobody_without_a_signature(self, world: World, grower: Grower) -> None:
        assert code_of(pick(world, headers={SIGNATURE: ""})) == (401, "forbidden")
        assert grower.picked == []

    @pytest.mark.parametrize("headers", [{DEADLINE_MS: "9000"}, {KEY: "another"}, {"Storefront-Caller": "stock"}])
    def test_nobody_whose_request_was_changed(self, headers: Any, world: World, grower: Grower) -> None:
        assert code_of(pick(world, headers=headers)) == (401, "forbidden")
        assert grower.picked == []

    def test_nobody_whose_body_was_changed(self, world: World, grower: Grower) -> None:
        assert code_of(pick(world, instead=b'{"key":"k","fruit":"PEAR","pieces":1}')) == (401, "forbidden")
        assert grower.picked == []

    def test_no_process_that_does_not_import_the_face(self, world: World, grower: Grower, settings: Any) -> None:
        settings.STOREFRONT_PROCESS = settings.STOREFRONT_TOPOLOGY.process("stock")

        assert code_of(pick(world)) == (403, "forbidden")
        assert grower.picked == []

    def test_a_stranger_is_told_nothing(self, world: World, grower: Grower) -> None:
        assert wire.problem_in(pick(world, headers={SIGNATURE: ""}).content).detail == ""

    def test_a_request_that_is_sent_again_has_no_second_effect(self, world: World, grower: Grower) -> None:
        first, again = pick(world), pick(world)

        assert again.content == first.content
        assert again.headers[wire.REPLAYED] == "true"
        assert grower.picked == ["APPLE"]


class TestWhatIsNotBegun:
    def test_an_operation_that_the_face_lacks(self, world: World, grower: Grower) -> None:
        assert code_of(pick(world, path="/_call/payments/pickle")) == (404, "no_such_operation")

    def test_a_module_that_is_elsewhere(self, world: World) -> None:
        assert code_of(pick(world, path="/_call/shipping/pick")) == (404, "no_such_operation")

    def test_anything_but_a_post(self, world: World) -> None:
        assert world.client.get("/_call/payments/pick").status_code == 405

    def test_a_body_that_is_too_large(self, world: World, grower: Grower) -> None:
        assert code_of(pick(world, body=b" " * (256 * 1024 + 1))) == (413, "malformed")
        assert grower.picked == []

    def test_a_request_of_another_shape(self, world: World, grower: Grower) -> None:
        assert code_of(pick(world, body=b'{"key":"k","fruit":3}')) == (400, "malformed")
        assert grower.picked == []

    def test_what_nobody_waits_for_any_more(self, world: World, grower: Grower) -> None:
        assert code_of(pick(world, ms=0)) == (504, "deadline_exceeded")
        assert grower.picked == []

    def test_one_more_than_may_be_carried_out_at_once(
        self, world: World, grower: Grower, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.STOREFRONT_CALLS_SERVED = 1
        monkeypatch.setattr(server, "_PLACES", server._Places())
        with server._PLACES.place():
            turned_away = code_of(pick(world))

        assert turned_away == (429, "unavailable")
        assert pick(world).status_code == 200
        assert grower.picked == ["APPLE"]

    def test_what_cannot_be_done_in_time(
        self, world: World, grower: Grower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pace = Pace()
        pace._seconds["payments.pick"] = 1.0
        monkeypatch.setattr(server, "_PACE", pace)

        assert code_of(pick(world, ms=950)) == (503, "unavailable")
        assert grower.picked == []
        assert code_of(pick(world, ms=950))[0] == 200, "The estimate is put to the test again."


class TestAnotherRelease:
    """The caller's face has another fingerprint than the callee's."""

    def test_is_welcome_while_it_asks_for_nothing_new(self, world: World, grower: Grower) -> None:
        assert pick(world, headers={wire.FACE: "1-0123456789abcdef"}).status_code == 200

    def test_is_not_served_by_halves(self, world: World, grower: Grower) -> None:
        newer = b'{"key":"k","fruit":"APPLE","pieces":1,"ripe":true}'
        answer = pick(world, body=newer, headers={wire.FACE: "1-0123456789abcdef"})

        assert code_of(answer) == (400, "malformed")
        assert grower.picked == []

    def test_of_another_version_of_the_face_is_turned_away(self, world: World, grower: Grower) -> None:
        answer = pick(world, headers={wire.FACE: "2-0123456789abcdef"})

        assert code_of(answer) == (404, "no_such_operation")
        assert grower.picked == []


class TestWhatGoesWrong:
    def test_an_unknown_outcome_is_told_as_such(
        self, world: World, grower: Grower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost() -> None:
            raise OutcomeUnknown("The bank said nothing.")

        grower.outside = lost
        body = b'{"key":"k","fruit":"APPLE"}'

        assert code_of(pick(world, path="/_call/payments/inspect", body=body)) == (500, "outcome_unknown")

    def test_a_bug_says_nothing_of_the_inside(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        class Broken(Interface, module=MODULE):
            @query(timeout=1)
            def divide(self) -> int:  # type: ignore[empty-body]
                """By nothing."""

        class Bodies:
            def divide(self) -> float:
                return 1 / 0

        monkeypatch.setitem(PROVIDERS, MODULE, Provider(Broken, Bodies()))
        answer = pick(world, path="/_call/payments/divide", body=b"{}")

        assert code_of(answer) == (500, "internal_error")
        assert b"division" not in answer.content

    @pytest.mark.parametrize("failed", [CommandFailed, QueryFailed])
    def test_a_bug_of_one_that_was_called_from_here_is_one_of_ours(
        self, failed: type[CalleeFailed], world: World, grower: Grower
    ) -> None:
        answer = ask_outside(world, grower, failed)

        assert code_of(answer) == (500, "internal_error")


class Problem010(msgspec.Struct, frozen=True, kw_only=True):
    """A problem as release 0.1.0 reads it."""

    status: int
    code: str
    detail: str = ""
    refusal: str = ""
    facts: msgspec.Raw = msgspec.Raw(b"{}")


class TestAnOutsiderThatRests:
    @pytest.mark.parametrize("error", [Unavailable, OutcomeUnknown])
    def test_is_told_though_a_module_speaks_of_it_in_its_own_words(
        self, error: type[Exception], world: World, grower: Grower
    ) -> None:
        assert wire.problem_in(ask_outside(world, grower, error, because=Resting("Not now.")).content).rests

    def test_is_told_of_nobody_else(self, world: World, grower: Grower) -> None:
        told = ask_outside(world, grower, Unavailable, because=ConnectionError("Refused."))

        assert not wire.problem_in(told.content).rests

    def test_is_unavailable_to_a_caller_of_release_0_1_0(self, world: World, grower: Grower) -> None:
        told = ask_outside(world, grower, Unavailable, because=Resting("Not now."))

        read = msgspec.json.decode(told.content, type=Problem010)
        assert (told.status_code, read.status, read.code) == (503, 503, "unavailable")

    def test_is_not_known_from_a_callee_of_release_0_1_0(self) -> None:
        told = msgspec.json.encode(Problem010(status=503, code="unavailable", detail="The bank is away."))

        assert not wire.problem_in(told).rests


def ask_outside(world: World, grower: Grower, error: type[Exception], *, because: Exception | None = None) -> Any:
    """Have the toy ask somebody outside, who is not there."""

    def away() -> None:
        raise error("The bank is away.") from because

    grower.outside = away
    return pick(world, path="/_call/payments/inspect", body=b'{"key":"k","fruit":"APPLE"}')


class TestUnknownRefusals:
    def test_stay_a_no(self) -> None:
        told = wire.Problem(status=422, code="refused", refusal="payments.from_the_future", detail="Not on a Sunday.")

        refusal = wire.restored(told, replayed=True)

        assert isinstance(refusal, UnknownRefusal)
        assert (refusal.refusal, str(refusal), refusal.is_replayed) == (told.refusal, "Not on a Sunday.", True)

    def test_so_do_known_ones_with_other_facts(self) -> None:
        told = wire.Problem(status=422, code="refused", refusal="toy.rotten", detail="It is rotten.")

        assert isinstance(wire.restored(told, replayed=False), UnknownRefusal)
