"""The laws of calls, the same in every topology."""

import threading
import time
from collections.abc import Iterator
from unittest.mock import Mock

import pytest
from django.apps import apps
from django.db import OperationalError, connections, transaction

from storefront.calls import execution
from storefront.calls.deadline import within
from storefront.calls.outsider import Resting
from storefront.calls.pipeline import was_replayed
from storefront.calls.provider import PROVIDERS, ImplementationMismatch, Provider
from storefront.database.guard import CallInsideTransaction
from storefront.interface import (
    DeadlineExceeded,
    InFlight,
    Interface,
    Key,
    KeyReused,
    MalformedCall,
    OutcomeUnknown,
    Unavailable,
    Value,
    command,
    connect,
    query,
)
from storefront.testing.world import World
from storefront.tests.toy import MODULE, Basket, FruitPicked, Grower, Orchard, Rotten, planted

orchard = connect(Orchard)


@pytest.fixture
def grower(world: World) -> Iterator[Grower]:
    with planted() as grower:
        yield grower


class TestLaw1NoTransactionSpansModules:
    def test_a_call_inside_a_transaction_of_any_alias_is_refused(self, grower: Grower) -> None:
        for alias in (MODULE, "default"):
            with transaction.atomic(using=alias), pytest.raises(CallInsideTransaction, match=alias):
                orchard.count(fruits=("APPLE",))

    def test_a_refusal_rolls_back_what_was_done_and_announced(self, grower: Grower, world: World) -> None:
        with pytest.raises(Rotten, match="BAD-APPLE is rotten"):
            orchard.pick(key=world.key(), fruit="BAD-APPLE", pieces=1)

        assert world.published(FruitPicked) == []


class TestLaw2EveryCommandCarriesAKey:
    def test_the_same_key_gives_the_same_answer_and_no_second_effect(self, grower: Grower, world: World) -> None:
        first = orchard.pick(key="pick-1", fruit="APPLE", pieces=3)
        picked = len(grower.picked)

        again = orchard.pick(key="pick-1", fruit="APPLE", pieces=3)

        assert again == first == Basket(fruit="APPLE", pieces=3)
        assert len(grower.picked) == picked == 1
        assert len(world.published(FruitPicked)) == 1

    def test_a_replay_says_so(self, grower: Grower) -> None:
        orchard.pick(key="pick-2", fruit="APPLE", pieces=3)
        fresh = was_replayed()

        orchard.pick(key="pick-2", fruit="APPLE", pieces=3)

        assert (fresh, was_replayed()) == (False, True)

    def test_the_same_key_with_another_request_is_refused(self, grower: Grower) -> None:
        orchard.pick(key="pick-3", fruit="APPLE", pieces=3)

        with pytest.raises(KeyReused):
            orchard.pick(key="pick-3", fruit="APPLE", pieces=4)

    def test_a_refusal_is_an_answer(self, grower: Grower) -> None:
        for _ in range(2):
            with pytest.raises(Rotten) as refused:
                orchard.pick(key="pick-4", fruit="BAD-APPLE", pieces=1)
            assert refused.value.fruit == "BAD-APPLE"

        assert len(grower.picked) == 1

    def test_an_infrastructure_error_stores_nothing(self, grower: Grower) -> None:
        with pytest.raises(Unavailable):
            orchard.pick(key="pick-5", fruit="LOST-APPLE", pieces=1)

        assert not apps.get_model(MODULE, "CallKey").objects.filter(key="pick-5").exists()


class TestLaw3EveryCallHasADeadline:
    def test_work_whose_deadline_has_passed_is_not_started(self, grower: Grower, world: World) -> None:
        with within(0.001):
            time.sleep(0.002)
            with pytest.raises(DeadlineExceeded):
                orchard.pick(key=world.key(), fruit="APPLE", pieces=1)

        assert grower.picked == []


class TestLaw4OnlyThePlatformRetries:
    def test_what_was_certainly_not_executed_is_tried_three_times(self, grower: Grower, world: World) -> None:
        with pytest.raises(Unavailable):
            orchard.pick(key=world.key(), fruit="LOST-APPLE", pieces=1)

        assert grower.picked == ["LOST-APPLE"] * 3

    def test_what_somebody_outside_rests_from_is_not_tried_again(self, grower: Grower) -> None:
        def away() -> None:
            raise Unavailable("The bank is away.") from Resting("It has not answered lately.")

        grower.outside = away

        with pytest.raises(Unavailable, match="The bank is away"):
            orchard.inspect(key="resting", fruit="APPLE")
        assert grower.picked == ["APPLE"]

    def test_a_refusal_is_never_retried(self, grower: Grower, world: World) -> None:
        with pytest.raises(Rotten):
            orchard.pick(key=world.key(), fruit="BAD-APPLE", pieces=1)

        assert grower.picked == ["BAD-APPLE"]

    @pytest.mark.proves("R12")
    def test_the_budget_bounds_what_retries_add(self, grower: Grower, world: World) -> None:
        for _ in range(100):
            with pytest.raises(Unavailable), within(0.2):
                orchard.pick(key=world.key(), fruit="LOST-APPLE", pieces=1)

        assert len(grower.picked) <= 100 + 10 + 100 * 0.1 + 1


class TestLaw5ThreeFailures:
    def test_a_lost_connection_before_the_commit_is_unavailable(
        self, grower: Grower, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost(**_arguments: object) -> None:
            raise OperationalError("server closed the connection")

        monkeypatch.setattr("storefront.calls.key.answer", lambda *_a, **_k: lost())

        with pytest.raises(Unavailable):
            orchard.pick(key=world.key(), fruit="APPLE", pieces=1)

    @pytest.mark.parametrize("while_it", ["gathers", "begins"])
    def test_a_database_that_is_away_before_anything_is_done_is_unavailable(
        self, grower: Grower, monkeypatch: pytest.MonkeyPatch, while_it: str
    ) -> None:
        """It is no bug, which an operator would be asked to mend."""
        away = Mock(side_effect=OperationalError("no route to host"))
        if while_it == "gathers":
            monkeypatch.setattr(PROVIDERS[MODULE].bodies["compare"], "gather", away)
        else:
            monkeypatch.setattr(execution, "wait_for_lock", away)

        with pytest.raises(Unavailable, match=r"payments\.compare: no route to host"):
            orchard.compare(key="away", fruit="APPLE")

    def test_an_undeclared_refusal_is_a_broken_contract(self, grower: Grower, world: World) -> None:
        with pytest.raises(MalformedCall, match="does not declare Undeclared"):
            orchard.pick(key=world.key(), fruit="ODD-APPLE", pieces=1)


class TestLaw6ValuesAreImmutableAndBounded:
    def test_over_500_items_do_not_cross(self, grower: Grower) -> None:
        with pytest.raises(MalformedCall, match="501 items"):
            orchard.count(fruits=("APPLE",) * 501)

    def test_over_256_kib_do_not_cross(self, grower: Grower) -> None:
        with pytest.raises(MalformedCall, match="bytes"):
            orchard.count(fruits=("A" * 300_000,))

    def test_a_wrong_type_does_not_cross(self, grower: Grower) -> None:
        with pytest.raises(MalformedCall):
            orchard.count(fruits=(3,))  # type: ignore[arg-type]

    def test_an_unknown_argument_does_not_cross(self, grower: Grower) -> None:
        with pytest.raises(MalformedCall):
            orchard.count(fruits=(), colour="red")  # type: ignore[call-arg]

    @pytest.mark.parametrize("mutable", [list[str], dict[str, str], set[str], object, float])
    def test_a_face_with_a_mutable_type_cannot_be_written(self, mutable: type) -> None:
        def ask(self: Interface, *, things: mutable) -> None:  # type: ignore[valid-type]
            """Ask."""

        with pytest.raises(TypeError):
            query(timeout=1)(ask)

    def test_a_value_cannot_be_changed(self) -> None:
        with pytest.raises(AttributeError):
            Basket(fruit="APPLE", pieces=1).pieces = 2


class TestWorkOutsideTheTransaction:
    def test_is_done_between_the_two_halves(self, grower: Grower, world: World) -> None:
        seen: list[str | None] = []

        def look() -> str:
            seen.append(open_transaction())
            return "fresh"

        from storefront.database.guard import open_transaction

        grower.outside = look

        orchard.inspect(key="inspect-1", fruit="PEAR")

        assert seen == [None]
        assert len(world.published(FruitPicked)) == 1

    def test_an_unknown_outcome_lets_the_same_key_try_again(self, grower: Grower) -> None:
        def silent() -> str:
            raise OutcomeUnknown("no answer")

        grower.outside = silent
        with pytest.raises(OutcomeUnknown):
            orchard.inspect(key="inspect-2", fruit="PEAR")
        grower.outside = lambda: "fresh"

        assert orchard.inspect(key="inspect-2", fruit="PEAR").pieces == 1

    def test_an_outcome_that_could_not_be_written_down_is_unknown(self, grower: Grower) -> None:
        grower.outside = lambda: "unheard of"
        with pytest.raises(OutcomeUnknown):
            orchard.inspect(key="inspect-5", fruit="PEAR")
        grower.outside = lambda: "fresh"

        assert orchard.inspect(key="inspect-5", fruit="PEAR").pieces == 1

    def test_a_returned_refusal_keeps_what_was_done(self, grower: Grower, world: World) -> None:
        grower.outside = lambda: "rotten"

        for _ in range(2):
            with pytest.raises(Rotten):
                orchard.inspect(key="inspect-3", fruit="PEAR")

        assert len(world.published(FruitPicked)) == 1

    def test_a_refusal_raised_in_the_second_half_rolls_that_half_back_and_is_kept(
        self, grower: Grower, world: World
    ) -> None:
        grower.outside = lambda: "mouldy"

        for _ in range(2):
            with pytest.raises(Rotten):
                orchard.inspect(key="inspect-4", fruit="PEAR")

        assert grower.picked == ["PEAR"]
        assert world.published(FruitPicked) == []

    def test_gathered_facts_arrive(self, grower: Grower) -> None:
        assert orchard.compare(key="compare-1", fruit="PLUM").pieces == 7


@pytest.mark.rival("spree#8898")
class TestImplementationAndFaceAreComparedAtStart:
    def test_a_missing_body_is_refused(self) -> None:
        class Nothing:
            """Has no bodies."""

        with pytest.raises(ImplementationMismatch, match="has no body"):
            Provider(Orchard, Nothing())

    def test_another_shape_is_refused(self) -> None:
        class Odd(Grower):
            def pick(self, *, fruit: str) -> Basket:  # type: ignore[override]
                return Basket(fruit=fruit, pieces=1)

        with pytest.raises(ImplementationMismatch, match="pick"):
            Provider(Orchard, Odd())

    def test_a_command_without_a_key_cannot_be_declared(self) -> None:
        def pick(self: Interface, *, fruit: str) -> None:
            """Pick."""

        with pytest.raises(TypeError, match="key"):
            command(timeout=1)(pick)

    def test_a_positional_argument_cannot_be_declared(self) -> None:
        def pick(self: Interface, key: Key) -> None:
            """Pick."""

        with pytest.raises(TypeError, match="keyword-only"):
            command(timeout=1)(pick)


class TestRefusals:
    def test_two_with_one_code_cannot_exist(self) -> None:
        from storefront.interface import Refusal

        with pytest.raises(TypeError, match="share the code"):
            type("Other", (Refusal,), {"code": "toy.rotten"})

    def test_survive_pickling(self) -> None:
        import pickle

        assert pickle.loads(pickle.dumps(Rotten(fruit="FIG"))).fruit == "FIG"  # noqa: S301


class TestValue:
    def test_is_keyword_only(self) -> None:
        with pytest.raises(TypeError):
            Basket("APPLE", 1)

    def test_ignores_what_a_newer_sender_added(self) -> None:
        import msgspec

        class Old(Value):
            fruit: str

        assert msgspec.json.decode(b'{"fruit": "FIG", "ripe": true}', type=Old).fruit == "FIG"


class TestTwoAtOnce:
    def test_with_one_key_get_one_effect_and_the_same_answer(self, committed_world: World) -> None:
        with planted() as grower:
            entered, leave = threading.Event(), threading.Event()

            def slow() -> str:
                entered.set()
                leave.wait(2)
                return "fresh"

            grower.outside = slow
            first = threading.Thread(target=self.inspect, args=("twins",))
            first.start()
            entered.wait(2)
            threading.Timer(0.1, leave.set).start()

            answer = orchard.inspect(key="twins", fruit="PEAR")
            first.join()

        assert answer.pieces == 1
        assert grower.picked == ["PEAR"]

    def test_the_second_hears_that_the_first_is_in_flight_when_its_time_is_over(self, committed_world: World) -> None:
        with planted() as grower:
            entered, leave = threading.Event(), threading.Event()

            def slow() -> str:
                entered.set()
                leave.wait(2)
                return "fresh"

            grower.outside = slow
            first = threading.Thread(target=self.inspect, args=("twins",))
            first.start()
            entered.wait(2)

            with pytest.raises(InFlight), within(0.5):
                orchard.inspect(key="twins", fruit="PEAR")

            leave.set()
            first.join()

    def inspect(self, key: str) -> None:
        try:
            orchard.inspect(key=key, fruit="PEAR")
        finally:
            connections.close_all()


class TestALostConnection:
    @pytest.mark.postgresql
    def test_is_replaced_by_the_platforms_own_retry(self, committed_world: World) -> None:
        with connections[MODULE].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])

        with planted() as grower:
            answer = orchard.pick(key="after-the-restart", fruit="FIG", pieces=1)

        assert answer.pieces == 1
        assert grower.picked == ["FIG"]


@pytest.mark.postgresql
class TestAPooledConnection:
    @pytest.mark.proves("R10")
    def test_is_given_back_with_the_answer_so_that_nobody_holds_one_and_waits_for_another(
        self, committed_world: World
    ) -> None:
        assert "pool" in connections[MODULE].settings_dict["OPTIONS"], "The plugin's DATABASE_POOL"
        with planted():
            orchard.pick(key="pooled", fruit="FIG", pieces=1)

        assert connections[MODULE].connection is None
