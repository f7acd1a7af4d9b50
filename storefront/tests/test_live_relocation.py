"""A module moves while it is written to: replicated, then proven equal in a short pause."""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import psycopg
import pytest

from storefront.interface import Unavailable, connect
from storefront.relocation import live, place, replication
from storefront.relocation.journal import Journal
from storefront.relocation.leases import void_leases
from storefront.relocation.move import Move, check
from storefront.relocation.postgresql import PostgresqlStore
from storefront.relocation.reckoning import Reckoning
from storefront.relocation.store import CannotMove
from storefront.relocation.table import tables_of
from storefront.testing.world import World
from storefront.tests.premises import Premises, found, premises, put, replicas, table_of
from storefront.tests.relocating import NOON, ODD_RECEIPTS, delivery, key, relocate
from storefront.tests.toy import MODULE, Orchard, planted

pytestmark = pytest.mark.postgresql

INSERT = """
INSERT INTO payments_delivery
    (event_id, subscriber, subject, replay, attempts, next_at, lease_until, is_dead, error)
VALUES (%s, 'checkout', %s, '', 0, now(), now(), false, '') RETURNING id
"""
UPDATE = "UPDATE payments_callkey SET answer = %s WHERE key = 'key-000001'"


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("relocation"), "wal_retrieve_retry_interval=100ms") as made:
        yield made


@pytest.fixture
def urls(_server: Premises) -> tuple[str, str]:
    """Where payments is, and where it goes."""
    return _server.new("postgresql", "payments"), _server.new("postgresql", "payments")


@pytest.fixture
def move(_server: Premises, urls: tuple[str, str]) -> Iterator[Move]:
    """Payments with some rows, and an empty database to go to. Nothing of a move may be left at the end."""
    made = _server.move("payments", *urls)
    put(made, "payments_webhookreceipt", *ODD_RECEIPTS)
    put(made, "payments_callkey", *(key(number) for number in range(2_000)))
    try:
        yield made
        assert not replicas(_server, made.source, made.target)
    finally:
        source, target = live.both(made)
        with contextlib.suppress(CannotMove):
            replication.end(source, target, replication.name_of(source))
        _server.close()


class Writer(threading.Thread):
    """A process of the shop: writes to the old place until it is refused, then to the new one."""

    def __init__(self, numbers: Iterator[int], *stores: PostgresqlStore) -> None:
        super().__init__()
        self.written: dict[int, str] = {}
        self.refusals = 0
        self.waited = 0.0
        self.done = threading.Event()
        self._numbers = numbers
        self._conninfos = [f"{store.conninfo} options='-c search_path={store.schema}'" for store in stores]

    def run(self) -> None:
        connections = [psycopg.connect(conninfo, autocommit=True) for conninfo in self._conninfos]
        while not self.done.is_set():
            self._write(connections)
        for connection in connections:
            connection.close()

    def _write(self, connections: list[psycopg.Connection[Any]]) -> None:
        """One row, wherever it is taken; tried again as a caller does."""
        number, began_at = next(self._numbers), time.monotonic()
        while True:
            for connection in connections:
                try:
                    with connection.transaction():
                        row = connection.execute(INSERT, [f"evt_{number}", f"pay_{number % 7}"]).fetchone()
                        connection.execute(UPDATE, [str(number)])
                except psycopg.OperationalError:
                    self.refusals += 1
                    continue
                assert row
                self.written[row[0]] = f"evt_{number}"
                self.waited = max(self.waited, time.monotonic() - began_at)
                return


class TestLiveMove:
    def test_loses_nothing_of_what_is_written_meanwhile(self, move: Move) -> None:
        source, target = live.both(move)
        numbers = count()
        writers = [Writer(numbers, source, target) for _ in range(2)]
        for writer in writers:
            writer.start()
        try:
            live.prepare(move, replace=False)
            pause = live.move_over(move, pause=30)
            time.sleep(0.2)
        finally:
            for writer in writers:
                writer.done.set()
                writer.join()

        written = writers[0].written | writers[1].written
        rows = {row["id"]: row["event_id"] for row in found(target, table_of(move, "payments_delivery"))}
        assert rows == written
        assert len(rows) == sum(len(writer.written) for writer in writers)  # no number was given twice
        assert any(writer.refusals for writer in writers)
        assert pause > 0
        assert Journal(target)["mark"] == ""

    def test_comes_back(self, move: Move) -> None:
        live.prepare(move, replace=False)
        live.move_over(move, pause=30)
        back = move._replace(source=move.target, target=move.source)
        put(back, "payments_delivery", delivery(5))
        with pytest.raises(CannotMove, match="`--replace` lets them go"):
            check(back, was_there=True, replace=False)
        check(back, was_there=True, replace=True)

        live.prepare(back, replace=True)
        live.move_over(back, pause=30)

        assert back.target.count(table_of(move, "payments_delivery")) == 1
        _write(move.source)
        with pytest.raises(psycopg.errors.CannotConnectNow, match="closed for writing"):
            _write(move.target)

    def test_goes_on_with_what_was_prepared(self, move: Move) -> None:
        live.prepare(move, replace=False)
        with pytest.raises(psycopg.errors.CannotConnectNow, match=r"is not moved to .* yet"):
            _write(move.target)
        _write(move.source)

        live.prepare(move, replace=False)
        live.move_over(move, pause=30)

        assert move.target.count(table_of(move, "payments_delivery")) == 1
        _write(move.target)

    def test_is_not_mixed_with_the_plain_way(self, move: Move, urls: tuple[str, str]) -> None:
        live.prepare(move, replace=False)

        plain = relocate("payments", "--to", urls[1], here=urls[0])
        called_off = relocate("payments", "--to", urls[1], "--abort", here=urls[0])

        assert "go on with --live, or --abort" in plain.stdout
        assert "nothing of the move is left" in called_off.stdout

    def test_can_be_called_off_at_any_time(self, move: Move) -> None:
        live.prepare(move, replace=False)

        for _ in range(2):
            live.abort(move)

        assert not move.target.count(table_of(move, "payments_callkey"))
        _write(move.source)
        _write(move.target)

    def test_only_opens_the_target_if_that_was_all_that_lacked(
        self, move: Move, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(_move: Move) -> None:
            raise KeyboardInterrupt

        live.prepare(move, replace=False)
        with monkeypatch.context() as patch:
            patch.setattr(live, "open_target", die)
            with pytest.raises(KeyboardInterrupt):
                live.move_over(move, pause=30)

        check(move, was_there=True, replace=False)
        live.prepare(move, replace=False)
        live.move_over(move, pause=30)

        _write(move.target)


class TestReckoning:
    def test_knows_what_was_written_replaced_removed_locked_and_rolled_back_since(self, move: Move) -> None:
        source, _ = live.both(move)
        keys = table_of(move, "payments_callkey")
        with closing(Reckoning(source, move.tables)) as reckoning:
            assert reckoning.proofs() == source.prove(move.tables)
            put(move, "payments_callkey", key(9_000), key(9_001))
            source.execute("UPDATE payments_callkey SET answer = 'first' WHERE key < 'key-000010'")
            source.execute("UPDATE payments_callkey SET answer = key WHERE key < 'key-000005'")
            source.execute("DELETE FROM payments_callkey WHERE key >= 'key-001990'")
            put(move, "payments_callkey", key(1_995, answer="again"))
            source.execute("UPDATE payments_webhookreceipt SET result = 'seen'")
            with contextlib.suppress(ZeroDivisionError), source.transaction():
                source.execute("DELETE FROM payments_callkey")
                raise ZeroDivisionError
            with source.transaction():
                source.execute("SELECT 1 FROM payments_callkey WHERE key < 'key-000100' FOR UPDATE")

            assert reckoning.proofs() == source.prove(move.tables)
            assert reckoning.proofs()[keys.name].rows == 1_991

    def test_finds_a_single_byte(self, move: Move) -> None:
        source, _ = live.both(move)
        with closing(Reckoning(source, move.tables)) as reckoning:
            before = reckoning.proofs()["payments_callkey"]
            source.execute("UPDATE payments_callkey SET answer = ' ' WHERE key = 'key-000001'")

            assert reckoning.proofs()["payments_callkey"] != before


class TestClosedModule:
    """What callers hear of a module whose tables are closed."""

    @pytest.fixture
    def closed(self, committed_world: World) -> Iterator[PostgresqlStore]:
        """The tables of the toy's module, closed for those who work in this test."""
        home, tables = place.home_of(MODULE), tables_of(MODULE)
        assert isinstance(home, PostgresqlStore)
        home.close_for_writing(tables, "Moving.")
        try:
            yield home
        finally:
            home.reopen(tables)
            home.close()

    def test_a_command_was_certainly_not_executed(self, closed: PostgresqlStore) -> None:
        with planted() as grower, pytest.raises(Unavailable, match="Moving"):
            connect(Orchard).pick(key="pick-1", fruit="APPLE", pieces=1)

        assert not grower.picked

    def test_a_command_that_was_closed_out_in_its_midst_can_be_repeated_at_once(
        self, closed: PostgresqlStore, world: World
    ) -> None:
        tables = tables_of(MODULE)

        def close() -> None:
            closed.close_for_writing(tables, "Moving.")
            raise Unavailable("The bank is away.")

        with planted() as grower:
            closed.reopen(tables)
            grower.outside = close
            with pytest.raises(Unavailable):
                connect(Orchard).inspect(key="inspect-1", fruit="APPLE")
            closed.reopen(tables)
            void_leases(closed, tables)
            grower.outside = lambda: "fresh"

            assert connect(Orchard).inspect(key="inspect-1", fruit="APPLE").fruit == "APPLE"


class TestPause:
    def test_lets_commands_that_are_under_way_finish(self, move: Move) -> None:
        put(move, "payments_callkey", key(9_999, claimed_until=NOON.replace(year=2999)))
        live.prepare(move, replace=False)
        source, target = live.both(move)
        with psycopg.connect(f"{source.conninfo} options='-c search_path=payments'") as command:
            command.execute("SELECT 1")  # between its two halves
            moving = threading.Thread(target=live.move_over, args=(move,), kwargs={"pause": 30})
            moving.start()
            _until_refused(source, "INSERT INTO payments_callkey SELECT * FROM payments_callkey LIMIT 0")
            command.execute("UPDATE payments_callkey SET answer = '{}' WHERE key = 'key-009999'")
            command.commit()
            moving.join()

        kept = {row["key"]: row["answer"] for row in found(target, table_of(move, "payments_callkey"))}
        assert kept["key-009999"] == "{}"

    def test_ends_by_itself_if_the_mover_dies(self, move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
        source, _ = live.both(move)
        monkeypatch.setattr(PostgresqlStore, "reopen", lambda *_: None)  # it is dead
        live.prepare(move, replace=False)
        source.close_for_writing(move.tables, "Moving.", until=source.from_now(0.5))
        with pytest.raises(psycopg.errors.CannotConnectNow):
            _write(source)

        time.sleep(0.6)

        _write(source)
        monkeypatch.undo()
        live.abort(move)

    def test_is_given_up_if_it_does_not_suffice(self, move: Move) -> None:
        live.prepare(move, replace=False)

        with pytest.raises(CannotMove, match="give more with --pause"):
            live.move_over(move, pause=0.5)

        _write(move.source)
        live.abort(move)

    def test_is_given_up_if_the_target_was_tampered_with(self, move: Move) -> None:
        live.prepare(move, replace=False)
        move.target.execute("DELETE FROM payments_callkey WHERE key = 'key-000001'")

        with pytest.raises(CannotMove, match="differ in payments_callkey"):
            live.move_over(move, pause=30)

        _write(move.source)
        live.abort(move)

    def test_gives_way_to_a_transaction_that_keeps_a_table(
        self, move: Move, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("storefront.relocation.postgresql.LOCK_SECONDS", 0.05)
        source, _ = live.both(move)
        live.prepare(move, replace=False)
        with psycopg.connect(f"{source.conninfo} options='-c search_path=payments'") as other:
            other.execute("UPDATE payments_callkey SET answer = '' WHERE key = 'key-000001'")
            with pytest.raises(CannotMove, match="a transaction keeps the tables"):
                live.move_over(move, pause=30)

        _write(source)
        live.abort(move)


class TestCheck:
    def test_says_what_postgresql_lacks(self, move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
        source, target = live.both(move)
        answers: dict[str, list[tuple[Any, ...]]] = {"SHOW wal_level": [("replica",)]}
        ask = source.execute
        monkeypatch.setattr(source, "execute", lambda query, *values: answers.get(str(query)) or ask(query, *values))

        with pytest.raises(CannotMove, match="ALTER SYSTEM SET wal_level = logical"):
            replication.check(source, target)

    def test_says_what_our_roles_may_not(self, move: Move) -> None:
        source, target = live.both(move)
        source.execute("CREATE ROLE nobody_special NOSUPERUSER NOREPLICATION")
        try:
            for store, lacks in ((source, "may not replicate"), (target, "may not subscribe")):
                store.execute("SET ROLE nobody_special")
                with pytest.raises(CannotMove, match=lacks):
                    replication.check(source, target)
                store.execute("RESET ROLE")
        finally:
            source.execute("DROP ROLE nobody_special")

    def test_says_so_if_the_targets_server_does_not_reach_the_source(self, move: Move) -> None:
        with pytest.raises(CannotMove, match="Say how it would, with --source"):
            live.prepare(move, replace=False, source_url="postgresql://shop@127.0.0.1:1/nowhere")

        live.abort(move)


def _write(store: Any) -> None:
    """One row, as a process of the shop writes it."""
    with psycopg.connect(f"{store.conninfo} options='-c search_path={store.schema}'", autocommit=True) as connection:
        connection.execute(INSERT, ["evt_x", "pay_x"])


def _until_refused(store: PostgresqlStore, statement: str) -> None:
    with psycopg.connect(f"{store.conninfo} options='-c search_path={store.schema}'", autocommit=True) as connection:
        while True:
            try:
                connection.execute(statement)
            except psycopg.OperationalError:
                return
            time.sleep(0.005)
