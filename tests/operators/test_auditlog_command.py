"""What was written to an audit log is proved to be as it was written, and what was not is named."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from storefront.backoffice import log
from storefront.backoffice.log import HOME, Change, Deed
from storefront.backoffice.shell import shell_operator, told
from storefront.database.append_only import unguarded
from storefront.database.router import alias_of
from storefront.testing.world import World
from storefront.topology import modules_here
from tests.operators.office import log_of

LOGS = (*modules_here(), HOME)


def write(where: str, *objects: str, operator: str = "ada") -> None:
    for each in objects:
        log.write(where, Deed(
            operator=operator, operator_name="Ada Lovelace", action="change", command="", outcome="done", detail="",
            object_type="level", object_id=each, object_name=each, changes=[Change("on_hand", 5, 8)],
        ))


def verified(**options: Any) -> str:
    out = io.StringIO()
    call_command("auditlog", "verify", stdout=out, **options)
    return out.getvalue()


def faults(**options: Any) -> str:
    out = io.StringIO()
    with pytest.raises(CommandError, match="not as they were written"):
        call_command("auditlog", "verify", stdout=out, **options)
    return out.getvalue()


def tamper(where: str, statement: str) -> None:
    """As somebody with the database's own password would."""
    connection = connections[alias_of(where)]
    table = f"{where}_auditentry"
    with unguarded(where), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement.format(table=table))
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.proves("S21")
class TestALogThatNobodyTouched:
    @pytest.mark.parametrize("where", LOGS)
    def test_is_sound(self, world: World, where: str) -> None:
        write(where, "one", "two", "three")

        assert f"{where:<10} up to row {log_of(where)[-1].pk}" in verified()
        assert "faults" not in verified()

    def test_is_sound_after_many_wrote_at_once(self, committed_world: World) -> None:
        import threading

        start = threading.Barrier(8)

        def writer(name: str) -> None:
            start.wait()
            try:
                write("inventory", *(f"{name}-{n}" for n in range(5)), operator=name)
            finally:
                connections.close_all()

        crowd = [threading.Thread(target=writer, args=(f"clerk{n}",)) for n in range(8)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()

        assert len(log_of("inventory")) == 40
        assert "sound" in verified()


@pytest.mark.proves("S21")
class TestALogThatSomebodyTouched:
    @pytest.mark.parametrize("statement", [
        "UPDATE {table} SET operator = 'mallory' WHERE object_id = 'two'",
        "UPDATE {table} SET changes = '[]' WHERE object_id = 'two'",
        "UPDATE {table} SET at = '2020-01-01 00:00:00+00' WHERE object_id = 'two'",
        "DELETE FROM {table} WHERE object_id = 'two'",
        "UPDATE {table} SET seal = '' WHERE object_id = 'two'",
        ("UPDATE {table} SET object_id = CASE object_id WHEN 'two' THEN 'one' ELSE 'two' END"
        " WHERE object_id IN ('one', 'two')"),
        ("INSERT INTO {table} (at, operator, operator_name, action, command, outcome, detail, object_type, object_id,"
        " object_name, changes, request_id) SELECT at, 'mallory', '', action, command, outcome, detail, object_type,"
        " 'four', object_name, changes, request_id FROM {table} WHERE object_id = 'two'"),
    ])
    @pytest.mark.parametrize("where", ["payments", HOME])
    def test_is_found_out(self, world: World, where: str, statement: str) -> None:
        write(where, "one", "two", "three")

        tamper(where, statement)

        assert "faults" in faults()

    def test_at_its_end_is_found_out_by_what_was_kept_elsewhere(self, world: World, tmp_path: Path) -> None:
        write("payments", "one", "two", "three")
        kept = tmp_path / "heads.json"
        verified(keep=kept)

        tamper("payments", "DELETE FROM {table} WHERE object_id = 'three'")

        assert "faults" not in verified()
        assert "was the newest row of an earlier check" in faults(keep=kept)

    def test_and_sealed_anew_is_found_out_by_what_was_kept_elsewhere(self, world: World, tmp_path: Path) -> None:
        write("payments", "one", "two")
        kept = tmp_path / "heads.json"
        verified(keep=kept)
        before = json.loads(kept.read_text())

        tamper("payments", "DELETE FROM {table}")
        write("payments", "one", "forged")

        faults(keep=kept)
        assert json.loads(kept.read_text()) == before


class TestReadingByCommand:
    def test_shows_who_did_what_from_what_to_what(self, world: World) -> None:
        write("inventory", "RED-MUG")
        write("payments", "pay_1", operator="grace")
        out = io.StringIO()

        call_command("auditlog", "show", operator="ada", stdout=out)

        line, = out.getvalue().splitlines()
        for text in ("inventory", "ada", "change", "level RED-MUG", "done", "on_hand: 5 → 8"):
            assert text in line

    def test_exports_what_no_spreadsheet_runs(self, world: World) -> None:
        write("inventory", "=HYPERLINK('evil')")
        out = io.StringIO()

        call_command("auditlog", "export", log="inventory", stdout=out)

        header, row = out.getvalue().splitlines()
        assert header.startswith("log,id,at,operator")
        assert ",'=HYPERLINK" in row


class TestTheCommandLine:
    def test_is_told_of_with_the_user_of_the_system(self, world: World) -> None:
        with told(["manage.py", "relocate", "payments", "--to", "postgres://shop:secret@db/shop"]):
            pass

        entry, = log_of(HOME)
        assert (entry.operator, entry.action, entry.outcome) == (shell_operator(), "manage.py relocate", "done")
        assert entry.detail == "relocate payments --to ..."

    def test_is_told_of_when_it_failed(self, world: World) -> None:
        with pytest.raises(CommandError), told(["manage.py", "audit", "--repair"]):
            raise CommandError("2 findings are left.")

        entry, = log_of(HOME)
        assert (entry.outcome, entry.detail) == ("failed", "audit --repair | CommandError: 2 findings are left.")

    def test_does_not_tell_what_was_run_in_a_shell(self, world: World) -> None:
        with told(["manage.py", "shell", "-c", "print('RED-MUG')"]):
            pass

        assert log_of(HOME)[0].detail == "shell -c ..."

    @pytest.mark.parametrize("words", [["audit"], ["runserver"], ["relocate", "--help"], []])
    def test_is_not_told_of_where_it_only_looks(self, world: World, words: list[str]) -> None:
        with told(["manage.py", *words]):
            pass

        assert log_of(HOME) == []
