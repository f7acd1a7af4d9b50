"""Migrations lock nobody out and break no release that still runs: each rule, with a migration against it."""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from django.contrib.postgres.functions import RandomUUID
from django.core.management import CommandError, call_command
from django.db import connections, migrations, models
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import functions

from storefront.migrating import AddIndexQuietly
from storefront.migrating import lint as linter
from storefront.migrating.lint import Complaint, complaints, linted
from storefront.migrating.rules import REMEDIES
from storefront.testing.world import World

BEFORE = "Before the deploy."
KNOWN = models.Index(fields=["note"], name="cart_wish_note")
ONCE = models.UniqueConstraint(fields=["note"], name="cart_wish_note_once")
SOME = models.CheckConstraint(condition=models.Q(weight__gt=0), name="cart_wish_weighs")


def table() -> ProjectState:
    """A shop with one table, which has rows."""
    state = ProjectState()
    state.add_model(ModelState("cart", "Wish", [
        ("id", models.BigAutoField(primary_key=True)),
        ("sku", models.CharField(max_length=40)),
        ("note", models.CharField(max_length=100, null=True)),
        ("code", models.CharField(max_length=40, unique=True)),
        ("weight", models.DecimalField(max_digits=8, decimal_places=3)),
    ], options={"indexes": [KNOWN], "constraints": [ONCE, SOME]}))
    return state


@pytest.fixture
def written() -> Iterator[Callable[..., Any]]:
    """Makes a migration of the cart, in a module with that docstring."""
    module = ModuleType("modules.cart.migrations.planted")
    sys.modules[module.__name__] = module

    def write(*operations: Any, says: str = BEFORE, **facts: Any) -> Any:
        module.__doc__ = says
        facts |= {"operations": list(operations), "__module__": module.__name__}
        kind = type("Migration", (migrations.Migration,), facts)
        return kind("0099_planted", "cart")

    yield write
    del sys.modules[module.__name__]


def rules_against(migration: Any) -> list[str]:
    return [complaint.rule for complaint in linted(migration, table())]


def rows(_apps: Any, _editor: Any) -> None:
    """Moves rows."""


INDEX = models.Index(fields=["sku"], name="cart_wish_sku")
UNIQUE = models.UniqueConstraint(fields=["sku"], name="cart_wish_once")

AGAINST: dict[str, tuple[Any, ...]] = {
    "removes-table": (migrations.DeleteModel("Wish"),),
    "renames-table": (migrations.RenameModel("Wish", "Dream"),),
    "removes-column": (migrations.RemoveField("Wish", "sku"),),
    "renames-column": (migrations.RenameField("Wish", "sku", "code"),),
    "column-without-default": (migrations.AddField("Wish", "units", models.IntegerField(default=1)),),
    "fills-each-row": (migrations.AddField("Wish", "lot", models.UUIDField(db_default=RandomUUID())),),
    "removes-index": (migrations.RemoveIndex("Wish", "cart_wish_note"),),
    "changes-type": (migrations.AlterField("Wish", "sku", models.IntegerField()),),
    "narrows-column": (migrations.AlterField("Wish", "sku", models.CharField(max_length=10)),),
    "requires-column": (migrations.AlterField("Wish", "note", models.CharField(max_length=100, default="")),),
    "locks-for-index": (migrations.AddIndex("Wish", INDEX),),
    "locks-for-constraint": (migrations.AddConstraint("Wish", UNIQUE),),
    "moves-rows-beside-tables": (
        migrations.AddField("Wish", "units", models.IntegerField(null=True)),
        migrations.RunPython(rows, migrations.RunPython.noop, atomic=False),
    ),
    "moves-rows-at-once": (migrations.RunPython(rows, migrations.RunPython.noop),),
    "cannot-be-reversed": (migrations.RunPython(rows, atomic=False),),
    "runs-sql": (migrations.RunSQL("UPDATE cart_wish SET sku = ''", migrations.RunSQL.noop),),
    "is-unknown": (type("Sweep", (migrations.operations.base.Operation,), {"state_forwards": lambda *_: None})(),),
}


POINTER: dict[str, Any] = {"to": "cart.Wish", "on_delete": models.CASCADE, "db_index": False}
GENERATED: dict[str, Any] = {"expression": models.F("sku"), "output_field": models.CharField(max_length=40)}
HIDDEN = [
    (migrations.AlterField("Wish", "sku", models.CharField(max_length=40, db_column="code2")), "renames-column"),
    (migrations.AlterField("Wish", "sku", models.CharField(max_length=40, db_collation="C")), "changes-type"),
    (migrations.AlterField("Wish", "weight", models.DecimalField(max_digits=8, decimal_places=2)), "changes-type"),
    (migrations.AlterField("Wish", "weight", models.DecimalField(max_digits=7, decimal_places=3)), "narrows-column"),
    (migrations.AlterField("Wish", "code", models.CharField(max_length=40)), "removes-index"),
    (migrations.RemoveConstraint("Wish", "cart_wish_note_once"), "removes-index"),
    (migrations.AddField("Wish", "die", models.FloatField(db_default=functions.Random() * 6)), "fills-each-row"),
    (migrations.AddField("Wish", "twin", models.GeneratedField(**GENERATED, db_persist=True)), "fills-each-row"),
    (migrations.AddField("Wish", "of", models.ForeignKey(**POINTER, db_default=1)), "locks-for-constraint"),
]


class TestAMigrationAgainstARule:
    @pytest.mark.parametrize("rule", AGAINST)
    def test_is_refused(self, written: Callable[..., Any], rule: str) -> None:
        assert rules_against(written(*AGAINST[rule])) == [rule]

    @pytest.mark.parametrize("rule", AGAINST)
    def test_is_excused_with_a_reason(self, written: Callable[..., Any], rule: str) -> None:
        assert rules_against(written(*AGAINST[rule], excused={rule: "The table is empty."})) == []
        assert rules_against(written(*AGAINST[rule], excused={rule: " "})) == [rule]

    def test_that_does_not_say_when_it_runs_is_refused(self, written: Callable[..., Any]) -> None:
        assert rules_against(written(says="Adds a column.")) == ["does-not-say-when"]

    def test_is_not_excused_in_vain(self, written: Callable[..., Any]) -> None:
        assert rules_against(written(excused={"removes-table": "It is empty."})) == ["excused-in-vain"]

    def test_is_found_inside_others(self, written: Callable[..., Any]) -> None:
        inside = migrations.SeparateDatabaseAndState(database_operations=[migrations.DeleteModel("Wish")])

        assert rules_against(written(inside)) == ["removes-table"]

    @pytest.mark.parametrize("field", [
        models.CharField(max_length=40, unique=True), models.CharField(max_length=40, db_index=True),
    ])
    def test_makes_an_index_also_by_a_column(self, written: Callable[..., Any], field: Any) -> None:
        assert rules_against(written(migrations.AlterField("Wish", "sku", field))) == ["locks-for-index"]

    @pytest.mark.parametrize(("operation", "rule"), HIDDEN)
    def test_is_found_behind_what_looks_harmless(
        self, written: Callable[..., Any], operation: Any, rule: str
    ) -> None:
        assert rules_against(written(operation)) == [rule]

    def test_has_a_rule_of_its_own_each(self) -> None:
        assert {*AGAINST, "does-not-say-when", "excused-in-vain"} == {*REMEDIES}


class TestAMigrationThatHarmsNobody:
    @pytest.mark.parametrize("operation", [
        migrations.AddField("Wish", "units", models.IntegerField(null=True)),
        migrations.AddField("Wish", "units", models.IntegerField(default=1, db_default=1)),
        migrations.AlterField("Wish", "sku", models.CharField(max_length=80)),
        migrations.AlterField("Wish", "sku", models.CharField(max_length=40, null=True)),
        migrations.AlterField("Wish", "sku", models.CharField(max_length=40, db_column="sku")),
        migrations.AlterField("Wish", "weight", models.DecimalField(max_digits=12, decimal_places=3)),
        migrations.AddField("Wish", "made_at", models.DateTimeField(db_default=functions.Now())),
        migrations.AddField("Wish", "of", models.ForeignKey(**POINTER, null=True)),
        migrations.RemoveConstraint("Wish", "cart_wish_weighs"),
        AddIndexQuietly("Wish", INDEX),
    ])
    def test_passes(self, written: Callable[..., Any], operation: Any) -> None:
        assert rules_against(written(operation)) == []

    def test_may_do_what_it_wants_with_a_table_that_it_makes(self, written: Callable[..., Any]) -> None:
        made = migrations.CreateModel("Dream", [("id", models.BigAutoField(primary_key=True))])
        column = migrations.AddField("Dream", "sku", models.CharField(max_length=40, unique=True))

        assert rules_against(written(made, column)) == []


class TestTheShop:
    def test_has_no_migration_against_the_rules(self) -> None:
        assert complaints() == []

    def test_is_told_what_is_wrong_and_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wrong = Complaint("cart.0099_planted", "removes-table", "Wish")
        monkeypatch.setattr("storefront.management.commands.migrations.complaints", lambda _apps: [wrong])

        with pytest.raises(CommandError, match="1 complaints"):
            call_command("migrations", "lint")

        assert "cart.0099_planted: removes-table: Wish. Stop using it in this release" in capsys.readouterr().out

    def test_may_be_asked_of_one_app(self) -> None:
        assert complaints(["checkout"]) == []
        assert linter.OURS == ("modules.", "storefront.")


class TestAnIndexMadeQuietly:
    @pytest.mark.postgresql
    def test_keeps_no_writer_out(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(AddIndexQuietly, "_ensure_not_in_transaction", lambda *_: None)  # nothing is executed
        before, after, operation = table(), table(), AddIndexQuietly("Wish", INDEX)
        operation.state_forwards("cart", after)

        with connections["cart"].schema_editor(collect_sql=True, atomic=False) as editor:
            operation.database_forwards("cart", editor, before, after)

        assert "CREATE INDEX CONCURRENTLY" in " ".join(editor.collected_sql)
