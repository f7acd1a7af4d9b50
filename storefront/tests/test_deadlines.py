"""Nothing runs for a request that nobody waits for any more: not two hops away, and not in a database."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connections

from storefront.calls import callee
from storefront.calls.deadline import remaining, within
from storefront.calls.provider import PROVIDERS, Provider, gathers
from storefront.database import cutoff
from storefront.database.cutoff import cut_off_at_deadline
from storefront.interface import Interface, Key, Unavailable, command, connect, query
from storefront.testing.world import World
from storefront.tests import neighbour
from storefront.topology.plan import Process, Topology

FOREVER = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


class Press(Interface, module="payments"):
    """Asks the mill."""

    @query(timeout=30)
    def squeeze(self) -> int:  # type: ignore[empty-body]
        """Have something milled."""

    @command(timeout=30)
    def bottle(self, *, key: Key) -> int:  # type: ignore[empty-body]
        """Have something milled, then write."""


class Mill(Interface, module="shipping"):
    """Takes for ever."""

    @query(timeout=30)
    def grind(self) -> int:  # type: ignore[empty-body]
        """Ask the database for something that never ends."""

    @command(timeout=30)
    def store(self, *, key: Key) -> int:  # type: ignore[empty-body]
        """The same in a transaction."""


press, mill = connect(Press), connect(Mill)


class Works:
    """The bodies; they tell how they ended."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.ends: list[str] = []

    def squeeze(self) -> int:
        return mill.grind()

    @property
    def bottle(self) -> Callable[..., int]:
        @gathers(mill.grind)
        def bottle(*, facts: int) -> int:
            self.ends.append("bottled")
            return facts

        return bottle

    def grind(self) -> int:
        try:
            run_forever("shipping")
        except OperationalError:
            self.ends.append(f"cut off with {'no time' if (remaining() or 0) <= 0 else 'time'} left")
            raise
        finally:
            self.ended.set()
        return 0

    store = grind


def run_forever(alias: str) -> None:
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(FOREVER[connection.vendor])


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch) -> Works:
    works = Works()
    monkeypatch.setitem(PROVIDERS, "payments", Provider(Press, works))
    monkeypatch.setitem(PROVIDERS, "shipping", Provider(Mill, works))
    return works


@pytest.fixture
def two_hops(committed_world: World, works: Works, settings: Any) -> Iterator[Works]:
    """The press in one process and the mill in another; both are served here."""
    here = Process("shop", ("checkout",), "http://127.0.0.1:9")
    callee.forget()
    with neighbour.serving() as url:
        elsewhere = Process("press", ("payments",), url), Process("mill", ("shipping",), url)
        settings.STOREFRONT_TOPOLOGY = Topology("three", "http", (here, *elsewhere))
        settings.STOREFRONT_PROCESS = here
        yield works
    callee.forget()


class TestADeadlineThatPasses:
    def test_ends_the_work_two_hops_away(self, two_hops: Works) -> None:
        with within(1), pytest.raises(Unavailable):
            press.squeeze()

        assert two_hops.ended.wait(20)
        assert two_hops.ends == ["cut off with no time left"]

    def test_begins_no_command_after_what_it_asked_first(self, two_hops: Works) -> None:
        with within(1), pytest.raises(Exception, match=r"payments\.bottle"):
            press.bottle(key="late")

        assert two_hops.ended.wait(20)
        assert "bottled" not in two_hops.ends

    def test_cuts_off_a_query(self, committed_world: World, works: Works) -> None:
        with within(0.5), pytest.raises(Unavailable):
            mill.grind()

        assert works.ends == ["cut off with no time left"]

    def test_cuts_off_a_command_which_has_then_done_nothing(self, committed_world: World, works: Works) -> None:
        with within(0.5), pytest.raises(Unavailable):
            mill.store(key="slow")

        works.ended.clear()
        with within(0.5), pytest.raises(Unavailable):
            mill.store(key="slow")
        assert works.ended.is_set(), "The key was not answered, so it is carried out again."

    def test_leaves_the_connection_as_good_as_before(self, committed_world: World, works: Works) -> None:
        with within(0.5), pytest.raises(Unavailable):
            mill.grind()

        with connections["shipping"].cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)


class TestCutOff:
    def test_touches_nobody_who_has_time(self, committed_world: World) -> None:
        with within(60), cut_off_at_deadline(("shipping",)):
            assert len(cutoff._at_work) == 1
            for work in cutoff._at_work:
                assert work.until > 0
        assert not cutoff._at_work

    def test_touches_nobody_without_a_deadline(self) -> None:
        with cut_off_at_deadline(("shipping",)):
            assert not cutoff._at_work

    def test_lets_a_module_be_without_a_database(self) -> None:
        with within(60), cut_off_at_deadline(("scales",)):
            assert len(cutoff._at_work) == 1

    def test_reaches_nothing_that_comes_after_the_work(self, committed_world: World) -> None:
        with within(60), cut_off_at_deadline(("shipping",)):
            (work,) = cutoff._at_work

        work.cut()

        with connections["shipping"].cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)


class TestThePublicEdge:
    @pytest.mark.parametrize(
        ("told", "left"), [("250", 0.25), ("999999", 15), ("", 15), ("-3", 15), ("1e9", 15), ("9" * 30, 15), ("²", 15)]
    )
    def test_gives_a_request_its_time(
        self, told: str, left: float, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[float] = []
        monkeypatch.setattr("storefront.rest.problem.problem", _looking(seen))

        world.client.get("/api/v1/nothing", headers={"Deadline-Ms": told} if told else {})

        assert left - 5 < seen[0] <= left

    def test_cuts_off_what_no_call_bounds(self, committed_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        ends: list[str] = []

        def forever(_view: Any, *_: Any, **__: Any) -> Any:
            try:
                run_forever("catalog")
            except OperationalError:
                ends.append("cut off")
                raise

        monkeypatch.setattr("storefront.rest.hotview._respond", forever)
        answer = committed_world.client.get("/api/v1/products", headers={"Deadline-Ms": "100"})

        assert (ends, answer.status_code) == (["cut off"], 503)


def _looking(seen: list[float]) -> Any:
    from storefront.rest.problem import problem

    def look(*arguments: Any, **named: Any) -> Any:
        seen.append(remaining() or 0)
        return problem(*arguments, **named)

    return look


class TestPatience:
    def test_stretches_what_a_face_gives_a_call(self, world: World, works: Works, settings: Any) -> None:
        settings.STOREFRONT_PATIENCE = 10
        PROVIDERS["shipping"].bodies["grind"].function = lambda: int(remaining() or 0)

        assert 30 < mill.grind() <= 300
