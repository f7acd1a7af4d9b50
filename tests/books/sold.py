"""One order and all that belongs to it, and what the audit says when something of it is spoilt."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connections

from modules.checkout.models import Order
from storefront.audit import Finding, findings
from storefront.audit.repairing import Account, repaired
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve

MUG = "RED-MUG"
IGNORING = "PRAGMA ignore_check_constraints = {}"


class Sold:
    """The shop after a sale. `order` is read anew at each use."""

    def __init__(self, world: World) -> None:
        self.world = world
        shelve(world, MUG, on_hand=10)
        answer = Shopper().buy((MUG, 2))
        assert answer.status_code == 201, answer.content
        self.order_id = str(answer.json()["id"])
        world.settle()
        world.clock.advance(hours=1)
        world.settle()

    @property
    def order(self) -> Order:
        """The order as it stands."""
        return Order.objects.get(id=self.order_id)

    def another(self, units: int = 1) -> str:
        """The id of one more order."""
        answer = Shopper().buy((MUG, units))
        assert answer.status_code == 201, answer.content
        self.world.settle()
        return str(answer.json()["id"])

    def rows(self, label: str) -> Any:
        """All rows of a table: `payments.Payment`."""
        return apps.get_model(label).objects.all()


def codes() -> set[str]:
    """The kinds of defects that the audit finds."""
    return {finding.code for _, finding in findings()}


def found(code: str) -> Finding:
    """The one defect of a kind."""
    (defect,) = [finding for _, finding in findings() if finding.code == code]
    return defect


def mend(*, dry_run: bool = False) -> list[Account]:
    """Repair what can be."""
    return list(repaired(dry_run=dry_run))


def execute(module: str, sql: str, *values: Any) -> None:
    """One statement, behind everybody's back."""
    with connections[module].cursor() as cursor:
        cursor.execute(sql, values or None)


@contextmanager
def unguarded(module: str, table: str) -> Iterator[None]:
    """A table that is only ever added to loses rows meanwhile, as only a restore can have it."""
    is_guarded = connections[module].vendor == "postgresql"
    if is_guarded:
        execute(module, "SET CONSTRAINTS ALL IMMEDIATE")
        execute(module, f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    if is_guarded:
        execute(module, f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def unchecked(module: str, table: str, constraint: str) -> Iterator[None]:
    """A table takes what its constraint forbids, as after a restore without it; in this test's transaction only."""
    is_named = connections[module].vendor == "postgresql"
    if is_named:
        execute(module, "SET CONSTRAINTS ALL IMMEDIATE")
    execute(module, f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if is_named else IGNORING.format("ON"))
    yield
    if not is_named:
        execute(module, IGNORING.format("OFF"))
