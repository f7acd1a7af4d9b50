"""No table grows for ever unless somebody has said why: each has its rule, and the shop lives on for weeks with it."""

import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connections, models, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext, isolate_apps

from modules.checkout.models import Checkout
from modules.inventory.models import Reservation
from modules.shipping.models import Shipment
from storefront import clock, schedule
from storefront.audit import findings
from storefront.keeping import checks, declaring, forget, platform
from storefront.keeping.declaring import Rule
from storefront.testing.world import World
from storefront.topology import modules_here
from tests.journeys.shop import ADDRESS, Shopper, shelve

WEEKS = int(os.environ.get("LIVING_WEEKS", "22"))
ORDERS = int(os.environ.get("LIVING_ORDERS", "1"))
"""In a week; as many carts are abandoned, and as many checkouts."""
TAKES_ITS_TIME = 202
"""The answer of a busy machine: the order is placed, or refused, a moment later."""
LOOK_AT = WEEKS - 2
"""The week from which nothing grows that is to be bounded: carts expire by then, and that is forgotten too."""


def rows(module: str, model: str) -> int:
    return int(apps.get_model(module, model)._base_manager.count())


def old_facts(count: int, *, age: timedelta = timedelta(days=100)) -> None:
    """History of payments."""
    outbox = apps.get_model("payments", "Outbox")
    outbox.objects.bulk_create(
        outbox(id=f"evt_{n:06}", type="payments.x", version=1, subject="s", payload="{}", occurred_at=clock.now() - age)
        for n in range(count)
    )


class TestEveryTable:
    def test_has_its_rule(self) -> None:
        assert checks.check_keeping() == []

    def test_that_is_new_is_named_until_it_has_one(self) -> None:
        with isolate_apps("modules.cart"):
            class Wish(models.Model):
                class Meta:
                    app_label = "cart"

        assert checks.unruled([Wish]) == ["cart.Wish"]

    def test_whose_job_is_not_scheduled_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in modules_here():
            declaring.rules(module)  # each declares its own while it is imported, and not into what is planted here
        rules = declaring.RULES | {"cart.cart": Rule("its time", "expire_carriages")}
        monkeypatch.setattr(declaring, "RULES", rules)

        assert list(checks.unscheduled([apps.get_model("cart", "Cart")])) == [("cart.Cart", "expire_carriages")]


class TestForgetting:
    def test_deletes_a_batch_at_a_time_oldest_first(self, world: World) -> None:
        outbox = apps.get_model("payments", "Outbox")
        old_facts(7)

        assert forget(outbox, where=Q(), oldest_first="id", limit=5) == 5
        assert sorted(outbox.objects.values_list("id", flat=True)) == ["evt_000005", "evt_000006"]

    def test_never_holds_more_rows_at_once_than_a_batch(self, world: World) -> None:
        old_facts(1_200)
        deleted: list[int] = []

        with CaptureQueriesContext(connections["payments"]) as asked:
            while count := platform.forget_old("payments", clock.now()):
                deleted.append(count)

        assert deleted == [500, 500, 200]
        assert sum("DELETE" in query["sql"] for query in asked.captured_queries) == 3

    def test_leaves_what_is_young_or_owed(self, world: World) -> None:
        now = clock.now()
        old_facts(2)
        old_facts_young = apps.get_model("payments", "Outbox").objects.create(
            id="evt_young", type="payments.x", version=1, subject="s", payload="{}", occurred_at=now
        )
        apps.get_model("payments", "Delivery").objects.create(
            event_id="evt_000000", subscriber="checkout", subject="s", next_at=now, lease_until=now, is_dead=True
        )

        platform.forget_old("payments", now)

        left = set(apps.get_model("payments", "Outbox").objects.values_list("id", flat=True))
        assert left == {"evt_000000", old_facts_young.id}

    def test_leaves_sagas_and_calls_that_are_not_over(self, world: World) -> None:
        now, long_ago = clock.now(), clock.now() - timedelta(days=400)
        for number, status in enumerate(("running", "undoing", "parked", "done", "undone")):
            apps.get_model("checkout", "SagaRow").objects.create(
                id=f"sag_{number}", saga="PlaceOrder", version=1, subject="s", status=status, state="{}",
                started_at=long_ago, lease_until=long_ago,
            )
        calls = apps.get_model("checkout", "CallKey").objects
        for key, answer, until in (("old", "1", long_ago), ("left", None, long_ago), ("held", None, now)):
            calls.create(
                key=key, operation="x", request_hash="", answer=answer, claimed_until=until, created_at=long_ago
            )

        platform.forget_old("checkout", now)

        saved = apps.get_model("checkout", "SagaRow").objects.values_list("status", flat=True)
        assert sorted(saved) == ["parked", "running", "undoing"]
        assert list(calls.values_list("key", flat=True)) == ["held"]

    def test_remembers_what_was_heard_for_longer_than_it_may_be_sent(self, world: World) -> None:
        inbox = apps.get_model("cart", "Inbox").objects
        for days in (91, 98):
            inbox.create(event_id=f"evt_{days}", received_at=clock.now() - timedelta(days=days))

        platform.forget_old("cart", clock.now())

        assert list(inbox.values_list("event_id", flat=True)) == ["evt_91"]

    def test_ends_a_turn_after_a_while_and_goes_on_at_the_next(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[datetime] = []

        def endless(now: datetime) -> int:
            done.append(now)
            return 1

        monkeypatch.setitem(schedule.JOBS, "payments", {})
        schedule.plan("payments", "endless", timedelta(minutes=1), endless, seconds=0.0)

        schedule.run_due("payments")
        world.clock.advance(minutes=2)
        schedule.run_due("payments")

        assert len(done) == 2

    def test_clears_sessions_that_are_over(self, world: World) -> None:
        for number in range(3):
            Session.objects.create(
                session_key=f"s{number}", session_data="", expire_date=clock.now() + timedelta(days=number - 1)
            )

        world.clock.advance(minutes=11)
        world.settle()

        assert sorted(Session.objects.values_list("session_key", flat=True)) == ["s2"]

    @pytest.mark.postgresql
    def test_leaves_rows_that_somebody_holds_for_the_next_time(self, committed_world: World) -> None:
        old_facts(3)
        outbox = apps.get_model("payments", "Outbox")
        other = connections["payments"].copy()
        try:
            with transaction.atomic(using="payments"):
                outbox.objects.select_for_update().get(id="evt_000000")
                forgotten = _forget_on(other, outbox)
        finally:
            other.close()

        assert forgotten == 2
        assert rows("payments", "Outbox") == 1


def _forget_on(other: Any, outbox: Any) -> int:
    mine, connections["payments"] = connections["payments"], other
    try:
        return forget(outbox, where=Q(), oldest_first="id")
    finally:
        connections["payments"] = mine


@pytest.mark.proves("R23", "R24")
class TestAShopThatLivesOn:
    def test_has_tables_that_stay_bounded(self, world: World, record_property: Any) -> None:
        shelve(world, "RED-MUG", on_hand=100_000)
        counted: dict[int, dict[str, int]] = {}

        for week in range(WEEKS):
            a_week(world, orders=ORDERS)
            counted[week] = counts()

        growing = {
            label: (counted[LOOK_AT][label], now)
            for label, now in counted[WEEKS - 1].items()
            if now > counted[LOOK_AT][label] and is_to_be_bounded(label)
        }
        record_property("rows", f"{counted[WEEKS - 1]}")
        assert growing == {}
        assert counted[WEEKS - 1]["checkout.Order"] == WEEKS * ORDERS
        assert list(findings()) == []


def a_week(world: World, *, orders: int) -> None:
    """So many people buy; as many leave their carts, and as many their checkouts, behind."""
    for _ in range(orders):
        assert Shopper().buy(("RED-MUG", 1)).status_code in (201, TAKES_ITS_TIME)
        Shopper().cart(("RED-MUG", 1))
        Shopper().checkout(("RED-MUG", 1))
        assert Shopper().buy(("RED-MUG", 1), token="tok_declined").status_code in (402, TAKES_ITS_TIME)
    settle(world)
    world.clock.advance(days=7)
    world.settle()


def settle(world: World) -> None:
    """Until nobody waits for an order; what a busy machine left undone is tried again after a pause."""
    for _ in range(5):
        world.settle()
        world.clock.advance(seconds=20)
    world.settle()


def counts() -> dict[str, int]:
    """Rows of every table."""
    return {
        model._meta.label: model._base_manager.count()
        for model in apps.get_models(include_auto_created=True)
    }


def is_to_be_bounded(label: str) -> bool:
    """Whether its rule has rows deleted by a job."""
    rule = checks.rule_of(apps.get_model(label))
    return bool(rule and rule.job)


class TestOldRows:
    def test_of_checkouts_go_with_or_without_an_order(self, world: World) -> None:
        shelve(world, "RED-MUG")
        a_week(world, orders=1)
        assert Checkout.objects.count() == 3

        world.clock.advance(days=31)
        world.settle()
        assert Checkout.objects.count() == 1

        world.clock.advance(days=60)
        world.settle()
        assert Checkout.objects.count() == 0

    def test_of_reservations_go_unless_an_order_has_them(self, world: World) -> None:
        shelve(world, "RED-MUG")
        a_week(world, orders=1)
        assert Reservation.objects.count() == 2

        world.clock.advance(days=91)
        world.settle()

        assert list(Reservation.objects.values_list("status", flat=True)) == ["consumed"]
        assert [finding for finding in findings() if "Reservation" in finding] == []

    def test_of_parcels_name_nobody_after_a_year(self, world: World) -> None:
        shelve(world, "RED-MUG")
        Shopper().buy(("RED-MUG", 1))
        world.settle()
        Shipment.objects.update(status="dispatched", dispatched_at=clock.now())

        world.clock.advance(days=367)
        world.settle()

        assert ADDRESS["line1"] not in Shipment.objects.get().address
        assert '"country":"DE"' in Shipment.objects.get().address


def test_every_module_has_the_job_of_the_platform() -> None:
    assert {module for module, jobs in schedule.JOBS.items() if platform.JOB in jobs} == {*modules_here()}
