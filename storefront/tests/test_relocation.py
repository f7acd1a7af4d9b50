"""A module's rows move from one database to another, whichever they are."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db.utils import ConnectionHandler

from storefront.relocation import live
from storefront.relocation.journal import Journal
from storefront.relocation.move import Move, carry_out, check
from storefront.relocation.store import CannotMove
from storefront.tests.premises import Premises, found, premises, put, table_of
from storefront.tests.relocating import (
    NOON,
    ODD_DELIVERIES,
    ODD_KEYS,
    ODD_RECEIPTS,
    deed,
    delivery,
    key,
    odd,
    relocate,
)

DIRECTIONS = [
    pytest.param("sqlite", "sqlite"),
    pytest.param("sqlite", "postgresql", marks=pytest.mark.postgresql),
    pytest.param("postgresql", "postgresql", marks=pytest.mark.postgresql),
    pytest.param("postgresql", "sqlite", marks=pytest.mark.postgresql),
]


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    folder = tmp_path_factory.mktemp("relocation")
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        with premises(folder) as made:
            yield made
    else:
        yield Premises(folder, server="")


@pytest.fixture
def place(_server: Premises) -> Iterator[Premises]:
    """Databases to move between."""
    yield _server
    _server.close()


class TestMove:
    @pytest.mark.parametrize(("vendor", "target"), DIRECTIONS)
    def test_carries_every_value_as_it_is(self, place: Premises, vendor: str, target: str) -> None:
        move = odd(place, vendor, target)

        carry_out(move, replace=False)

        for name, rows in (
            ("payments_callkey", ODD_KEYS), ("payments_webhookreceipt", ODD_RECEIPTS),
            ("payments_delivery", ODD_DELIVERIES),
        ):
            table = table_of(move, name)
            assert found(move.target, table) == sorted(rows, key=lambda row: str(row[table.key.name]))
        assert any("payments_callkey" in line and "7 rows" in line and "equal" in line for line in place.said)

    @pytest.mark.parametrize(("vendor", "target"), DIRECTIONS)
    def test_goes_on_counting_where_the_old_place_stopped(self, place: Premises, vendor: str, target: str) -> None:
        move = odd(place, vendor, target)
        table = table_of(move, "payments_delivery")
        move.source.count_from(table, 41)
        others = ", ".join(delivery(0).keys() - {"id", "event_id"})

        carry_out(move, replace=False)

        (number,) = move.target.execute(
            f"INSERT INTO payments_delivery (event_id, {others}) SELECT 'evt_9', {others}"
            " FROM payments_delivery WHERE id = 7 RETURNING id"
        )[0]
        assert number == 42

    @pytest.mark.parametrize(("vendor", "target"), DIRECTIONS)
    def test_ends_the_leases_of_processes_that_can_write_no_more(
        self, place: Premises, vendor: str, target: str
    ) -> None:
        move = place.move("payments", place.new(vendor, "payments"), place.new(target, "payments"))
        far = NOON + timedelta(days=40_000)
        put(move, "payments_callkey", key(1, claimed_until=far), key(2, claimed_until=far, answer="{}"))

        carry_out(move, replace=False)

        kept = [row["claimed_until"] for row in found(move.target, table_of(move, "payments_callkey"))]
        assert kept[0] < far
        assert kept[1] == far

    @pytest.mark.parametrize(("vendor", "target"), DIRECTIONS)
    def test_comes_back_with_what_was_written_there(self, place: Premises, vendor: str, target: str) -> None:
        here, there = place.new(vendor, "payments"), place.new(target, "payments")
        leaving = place.move("payments", here, there)
        put(leaving, "payments_callkey", key(1))
        carry_out(leaving, replace=False)
        back = place.move("payments", there, here)
        put(back, "payments_callkey", key(2))
        with pytest.raises(CannotMove, match="has rows of payments already"):
            check(back, was_there=True, replace=False)

        carry_out(back, replace=True)

        kept = found(back.target, table_of(back, "payments_callkey"))
        assert [row["key"] for row in kept] == ["key-000001", "key-000002"]
        put(back._replace(source=back.target), "payments_callkey", key(3))

    @pytest.mark.parametrize(("vendor", "target"), DIRECTIONS)
    def test_comes_back_with_an_audit_log_that_stays_guarded(self, place: Premises, vendor: str, target: str) -> None:
        here, there = place.new(vendor, "payments"), place.new(target, "payments")
        leaving = place.move("payments", here, there)
        put(leaving, "payments_auditentry", deed(1))
        carry_out(leaving, replace=False)
        back = place.move("payments", there, here)
        put(back, "payments_auditentry", deed(2))

        carry_out(back, replace=True)

        kept = found(back.target, table_of(back, "payments_auditentry"))
        assert [row["id"] for row in kept] == [1, 2]
        with pytest.raises(Exception, match="append-only"):
            _as_the_shop(here, "DELETE FROM payments_auditentry")

    @pytest.mark.parametrize(("vendor", "target"), DIRECTIONS)
    def test_leaves_indexes_of_words_to_the_database(self, place: Premises, vendor: str, target: str) -> None:
        move = place.move("catalog", place.new(vendor, "catalog"), place.new(target, "catalog"))
        assert move.source.tables() == {table.name for table in move.tables}
        _shelve(move)

        carry_out(move, replace=False)

        matches = {
            "postgresql": "SELECT id FROM catalog_searchdocument WHERE document @@ to_tsquery('english', 'mugs')",
            "sqlite": "SELECT rowid FROM catalog_searchindex WHERE catalog_searchindex MATCH 'mugs'",
        }
        assert move.target.execute(matches[target]) == [(5,)]

    @pytest.mark.parametrize(("vendor", "target"), DIRECTIONS)
    def test_carries_rows_that_refer_to_later_ones_of_their_table(
        self, place: Premises, vendor: str, target: str
    ) -> None:
        move = place.move("catalog", place.new(vendor, "catalog"), place.new(target, "catalog"))
        _shelve(move)

        carry_out(move, replace=False)

        rows = found(move.target, table_of(move, "catalog_category"))
        assert [(row["id"], row["parent_id"]) for row in rows] == [(1, 2), (2, None)]


def _shelve(move: Move) -> None:
    """A category below a later one, and a product with its words."""
    rows: list[tuple[str, dict[str, Any]]] = [
        ("catalog_category", {"id": 2, "parent_id": None}), ("catalog_category", {"id": 1, "parent_id": 2}),
        ("catalog_product", {"id": 5}), ("catalog_searchdocument", {"id": 5, "product_id": 5, "title": "A red mug"}),
    ]
    for name, row in rows:
        put(move, name, _filled(name, row))


def _filled(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """What is not said, by the sort of its column."""
    blanks = {"text": f"{name}-{row['id']}", "whole": 0, "bool": True, "instant": NOON, "json": "{}", "null": None}
    model: Any = next(each for each in apps.get_app_config("catalog").get_models() if each._meta.db_table == name)
    filled: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        sort = {
            "CharField": "text", "SlugField": "text", "TextField": "text", "BooleanField": "bool",
            "DateTimeField": "instant", "JSONField": "json",
        }.get(field.get_internal_type(), "whole")
        filled[field.column] = blanks["null" if field.null else sort]
        if field.max_length:
            filled[field.column] = str(filled[field.column])[: field.max_length]
    return filled | row


class TestRefusal:
    def test_names_the_tables_that_somebody_changed_at_the_target(self, place: Premises) -> None:
        move = odd(place, "sqlite", "sqlite")

        def tamper(line: str) -> None:
            if line.startswith("payments_webhookreceipt: 2"):
                move.target.execute("UPDATE payments_callkey SET answer = '' WHERE answer IS NULL")

        with pytest.raises(CannotMove, match="differ in payments_callkey: something wrote meanwhile"):
            carry_out(move._replace(tell=tamper), replace=False)

        put(move, "payments_callkey", key(99))  # the source is open again

    @pytest.mark.parametrize(("vendor", "target"), DIRECTIONS)
    def test_notices_a_writer_at_the_source(self, place: Premises, vendor: str, target: str) -> None:
        move = odd(place, vendor, target)

        def write(line: str) -> None:
            if line.startswith("payments_callkey: 7"):
                put(move, "payments_callkey", key(0))

        with pytest.raises(CannotMove, match="Stop the processes that run payments, or move with --live"):
            carry_out(move._replace(tell=write), replace=False)
        with pytest.raises(CannotMove, match="`--replace` begins anew"):
            carry_out(move, replace=False)

        carry_out(move, replace=True)

        assert move.target.count(table_of(move, "payments_callkey")) == 8

    @pytest.mark.parametrize("vendor", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
    def test_lets_nobody_write_at_the_old_place_any_more(self, place: Premises, vendor: str) -> None:
        here, there = place.new(vendor, "payments"), place.new("sqlite", "payments")
        move = place.move("payments", here, there)
        put(move, "payments_callkey", key(1))
        carry_out(move, replace=False)

        with pytest.raises(Exception, match="closed for writing"):
            _as_the_shop(here, "DELETE FROM payments_callkey")
        with pytest.raises(CannotMove, match=r"has left .* To come back"):
            check(move, was_there=True, replace=True)
        with pytest.raises(CannotMove, match=r"has left .* already"):
            live.abort(move)

    def test_asks_before_rows_at_the_target_are_let_go(self, place: Premises) -> None:
        move = odd(place, "sqlite", "sqlite")
        put(move._replace(source=move.target), "payments_callkey", key(1))

        with pytest.raises(CannotMove, match="`--replace` lets them go"):
            check(move, was_there=True, replace=False)

    def test_moves_nothing_to_where_it_is(self, place: Premises) -> None:
        url = place.new("sqlite", "payments")

        with pytest.raises(CannotMove, match="already"):
            check(place.move("payments", url, url), was_there=True, replace=True)

    def test_wants_the_same_migrations_at_both_places(self, place: Premises) -> None:
        move = odd(place, "sqlite", "sqlite")
        move.source.execute("DELETE FROM django_migrations WHERE name LIKE '0002%%'")

        with pytest.raises(CannotMove, match=r"manage\.py migrate payments"):
            check(move, was_there=True, replace=False)

    def test_leaves_no_table_behind_that_it_does_not_know(self, place: Premises) -> None:
        move = odd(place, "sqlite", "sqlite")
        move.source.execute("CREATE TABLE somebody_elses (id integer)")

        with pytest.raises(CannotMove, match="somebody_elses"):
            check(move, was_there=True, replace=False)

    def test_says_which_row_it_cannot_read(self, place: Premises) -> None:
        move = odd(place, "sqlite", "sqlite")
        move.source.execute("UPDATE payments_callkey SET created_at = 'yesterday' WHERE key = 'key-000001'")

        with pytest.raises(CannotMove, match=r"payments_callkey: .* cannot be read: .*yesterday"):
            carry_out(move, replace=False)


def _as_the_shop(url: str, statement: str) -> None:
    """What a process that runs on would do."""
    there = settings.STOREFRONT_DATABASE_AT(url, "payments")
    there["OPTIONS"].pop("pool", None)  # Django's pools go by the alias: this would be the one of the tests
    wrapper: Any = ConnectionHandler({"default": there})["default"]
    connection = wrapper.get_new_connection(wrapper.get_connection_params())
    try:
        connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


class TestInterruptedMove:
    @pytest.mark.parametrize("target", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
    def test_goes_on_where_a_killed_one_stopped(self, place: Premises, target: str) -> None:
        here, there = place.new("sqlite", "payments"), place.new(target, "payments")
        move = place.move("payments", here, there)
        put(move, "payments_callkey", *(key(number) for number in range(30_000)))

        killed = relocate("payments", "--to", there, here=here, until="payments_callkey: 10000 of 30000")
        copied = move.target.count(table_of(move, "payments_callkey"))
        again = relocate("payments", "--to", there, here=here)

        assert killed.returncode == -signal.SIGKILL
        assert 10_000 <= copied < 30_000
        assert "Goes on with what was begun" in again.stdout
        assert "payments_callkey: 10000 of" not in again.stdout
        assert "PAYMENTS_DATABASE_URL" in again.stdout
        assert move.target.count(table_of(move, "payments_callkey")) == 30_000

    def test_only_opens_the_target_if_that_was_all_that_lacked(self, place: Premises) -> None:
        move = odd(place, "sqlite", "sqlite")
        carry_out(move, replace=False)
        journal = Journal(move.target)
        journal.begin()
        journal["comes from"] = move.source.place  # as if it had died before its last words
        put(move._replace(source=move.target), "payments_callkey", key(99))

        check(move, was_there=True, replace=False)
        carry_out(move, replace=False)

        assert move.target.count(table_of(move, "payments_callkey")) == 8

    def test_can_be_called_off(self, place: Premises) -> None:
        move = odd(place, "sqlite", "sqlite")

        def fail(line: str) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            carry_out(move._replace(tell=fail), replace=False)

        live.abort(move)

        assert not move.target.count(table_of(move, "payments_callkey"))
        assert not Journal(move.target)["comes from"]
        put(move, "payments_callkey", key(99))


class TestCommand:
    def test_says_what_is_wrong_in_a_sentence(self, place: Premises) -> None:
        here = place.new("sqlite", "payments")

        assert "Say where: --to" in relocate("payments", here=here).stdout
        live_way = relocate("payments", "--to", place.unmade("sqlite"), "--live", here=here)
        assert "CommandError: Only PostgreSQL replicates" in live_way.stdout
        assert live_way.returncode == 1

    def test_makes_the_tables_at_the_target_first(self, place: Premises) -> None:
        here, there = place.new("sqlite", "payments"), place.unmade("sqlite")
        put(place.move("payments", here, there), "payments_callkey", key(1))

        moved = relocate("payments", "--to", there, here=here)
        opened = relocate("payments", "--reopen", here=here)

        assert moved.returncode == 0, moved.stdout
        move = place.move("payments", there, here)
        assert move.source.count(table_of(move, "payments_callkey")) == 1
        assert "can be written again" in opened.stdout
        _as_the_shop(here, "DELETE FROM payments_callkey")
