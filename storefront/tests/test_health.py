"""What a process says of itself, and when it refuses to start."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.core.checks import run_checks
from django.db import OperationalError, connections

from storefront.calls import callee, stub
from storefront.calls.fingerprint import fingerprint_of
from storefront.calls.identity import sign
from storefront.contracts.snapshot import contract
from storefront.interface import Interface, connect
from storefront.testing.world import World
from storefront.tests import neighbour
from storefront.tests.stalls import BrokenStall, NewerStall, SecondStall, Stall
from storefront.tests.toy import MODULE, Orchard, planted
from storefront.topology import checks, health, neighbours
from storefront.topology.checks import refuse_a_bad_start
from storefront.topology.plan import BadTopology, Process, Topology


@pytest.fixture(autouse=True)
def stranger_to_all(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Knows no neighbour yet, and has connected to one face."""
    monkeypatch.setattr(stub, "_STUBS", {})
    connect(Stall)
    neighbours._met.clear()
    callee.forget()
    yield
    neighbours._met.clear()
    callee.forget()


@pytest.fixture
def two(settings: Any) -> Any:
    """A topology in which the stall is elsewhere: gives a function that says where."""
    here = Process("shop", tuple(sorted({*settings.STOREFRONT_MODULES} - {MODULE})), "http://127.0.0.1:9")

    def place(url: str) -> None:
        settings.STOREFRONT_TOPOLOGY = Topology("two", "http", (here, Process("stall", (MODULE,), url)))
        settings.STOREFRONT_PROCESS = here
        settings.STOREFRONT_MODULES = here.modules

    place("http://127.0.0.1:9")
    return place


def description(face: type[Interface]) -> bytes:
    told = {"modules": {MODULE: {"fingerprint": fingerprint_of(face), "contract": contract(face, ())}}}
    body = msgspec.json.encode(told)
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class TestHealth:
    def test_a_process_that_answers_is_alive(self, world: World) -> None:
        assert world.client.get("/livez").status_code == 200

    def test_a_process_with_its_databases_is_ready(self, world: World) -> None:
        assert world.client.get("/readyz").json() == {"status": "ready", "troubles": [], "neighbours": {}}
        assert world.client.get("/startupz").status_code == 200

    def test_a_database_that_is_behind_is_waited_for(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "_migrated", set())
        monkeypatch.setattr(health, "waiting", lambda alias: 2 if alias == MODULE else 0)

        told = world.client.get("/readyz")

        assert (told.status_code, told.json()["troubles"]) == (503, ["payments: 2 migrations are to be applied."])
        assert world.client.get("/startupz").status_code == 503

    def test_a_database_that_is_away_makes_it_unready_not_dead(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(**_: Any) -> Any:
            raise OperationalError("no route to db.example")

        assert world.client.get("/readyz").status_code == 200
        monkeypatch.setattr(connections[MODULE], "cursor", away)
        told = world.client.get("/readyz")

        assert (told.status_code, told.json()["troubles"]) == (503, ["payments: OperationalError."])
        assert world.client.get("/livez").status_code == 200

    def test_a_neighbour_that_is_away_is_told_and_not_counted(self, world: World, two: Any, settings: Any) -> None:
        breaker = callee.callee_of(settings.STOREFRONT_TOPOLOGY.process("stall")).breaker
        for _ in range(5):
            breaker.failed()

        told = world.client.get("/readyz")

        assert (told.status_code, told.json()["neighbours"]["stall"]["breaker"]) == (200, "open")


class TestModules:
    def test_tell_faces_backlog_and_sagas(self, world: World) -> None:
        with planted():
            told = world.client.get("/_modules").json()

        face = told["modules"][MODULE]
        assert (face["version"], face["fingerprint"]) == (1, fingerprint_of(Orchard))
        assert face["backlog"] == {"owed": 0, "dead": 0}
        assert told["modules"]["checkout"]["sagas"] == {"under_way": 0, "parked": 0}

    def test_are_for_neighbours_too(self, world: World) -> None:
        headers = sign("GET", "/_modules", b"")

        assert world.client.get("/_modules", headers=headers, REMOTE_ADDR="10.0.0.7").status_code == 200

    @pytest.mark.parametrize(
        "told", [{"REMOTE_ADDR": "10.0.0.7"}, {"HTTP_X_FORWARDED_FOR": "10.0.0.7"}, {"REMOTE_ADDR": ""}]
    )
    def test_are_for_nobody_else(self, told: dict[str, str], world: World) -> None:
        assert world.client.get("/_modules", **told).status_code == 401  # type: ignore[arg-type]


class TestTheStart:
    def test_is_refused_where_a_face_has_no_provider(self, two: Any, settings: Any) -> None:
        settings.STOREFRONT_TOPOLOGY = settings.STOREFRONT_TOPOLOGY._replace(processes=(settings.STOREFRONT_PROCESS,))

        with pytest.raises(BadTopology, match="checkout calls payments, which no process"):
            refuse_a_bad_start()
        assert "storefront.E011" in [message.id for message in run_checks(tags=["storefront"])]

    def test_goes_on_where_a_neighbour_does_not_answer(self, two: Any) -> None:
        refuse_a_bad_start()

    @pytest.mark.parametrize("face", [Stall, NewerStall])
    def test_goes_on_beside_the_same_release_and_a_later_one(self, face: type[Interface], two: Any) -> None:
        with neighbour.behaving(neighbour.say(description(face))) as url:
            two(url)
            refuse_a_bad_start()

    def test_goes_on_beside_an_earlier_release(self, two: Any) -> None:
        stub._STUBS.clear()
        connect(NewerStall)
        with neighbour.behaving(neighbour.say(description(Stall))) as url:
            two(url)
            refuse_a_bad_start()

        assert neighbours.known()[MODULE] == {"fingerprint": fingerprint_of(Stall), "differences": []}

    @pytest.mark.parametrize(
        ("face", "why"),
        [(BrokenStall, "sold request"), (SecondStall, "version 2"), (None, "stall does not provide payments")],
    )
    def test_is_refused_beside_a_face_that_does_not_fit(
        self, face: type[Interface] | None, why: str, two: Any
    ) -> None:
        told = description(face) if face else description(Stall).replace(b'"payments"', b'"weather_"')
        with neighbour.behaving(neighbour.say(told)) as url:
            two(url)
            with pytest.raises(BadTopology, match=why):
                refuse_a_bad_start()


class TestFirstContact:
    def test_compares_once(self, two: Any, settings: Any) -> None:
        asked: list[int] = []

        def tell(connection: socket.socket) -> None:
            asked.append(1)
            neighbour.say(description(NewerStall))(connection)

        with neighbour.behaving(tell) as url:
            two(url)
            provider = settings.STOREFRONT_TOPOLOGY.process("stall")
            for _ in range(3):
                neighbours.noticed(provider, Stall, fingerprint_of(NewerStall))
            _join_comparison()

        assert asked == [1]
        assert neighbours.known()[MODULE]["differences"] == []


class TestServiceKeys:
    def test_that_cannot_be_read_are_an_error(self, settings: Any) -> None:
        settings.STOREFRONT_SERVICE_KEYS = "just-a-secret"

        assert [message.id for message in checks.check_topology()] == ["storefront.E012"]

    def test_that_nobody_set_are_warned_of_where_there_are_several_processes(self, two: Any, settings: Any) -> None:
        assert [message.id for message in checks.check_service_keys()] == ["storefront.W011"]
        settings.STOREFRONT_SERVICE_KEYS = "may:apple"
        assert checks.check_service_keys() == []


def _join_comparison() -> None:
    for thread in threading.enumerate():
        if thread.name == "storefront-compare":
            thread.join()
