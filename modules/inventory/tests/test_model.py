"""Random histories of stock against a model that a child can check."""

import math
from collections.abc import Callable
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from modules.inventory.audit import audit
from modules.inventory.domain import TELLING
from modules.inventory.events import AvailabilityChanged
from modules.inventory.interface import BelowPromised, OutOfStock, ReservationLost, StockLine
from modules.inventory.tests.conftest import StockRoom
from storefront.interface import Refusal

HOLD_MINUTES = 10
SKUS = ("RED-MUG", "BLUE-MUG")
PLACES = ("berlin", "hamburg")
ORDERS = st.integers(0, 5)
UNITS = st.integers(0, 4)

_example, _turn = count(), count()


class Order:
    """What the model knows of an order: what it wants, what it has, until when."""

    def __init__(self) -> None:
        self.status = "none"
        self.wanted: dict[str, int] = {}
        self.held: dict[str, int] = {}
        self.until = 0
        self.turn = 0  # whose time was set earlier is overdue for longer


class Histories(RuleBasedStateMachine):
    """Each rule does one thing to stock and to the model, and both must answer alike."""

    stock: StockRoom

    @initialize(on_hand=st.lists(st.integers(0, 6), min_size=4, max_size=4), limit=st.integers(0, 3))
    def open(self, on_hand: list[int], limit: int) -> None:
        self.tag, self.minute = f"{next(_example)}-", 0
        self.orders = {number: Order() for number in range(6)}
        self.on_hand, self.limit = dict.fromkeys(SKUS, 0), limit
        for units, (sku, place) in zip(on_hand, [(sku, place) for sku in SKUS for place in PLACES], strict=True):
            self.stock.receive(self.tag + sku, units, place, limit=limit, low=1)
            self.on_hand[sku] += units

    def available(self, sku: str) -> int:
        return max(0, self.on_hand[sku] - self.promised(sku))

    def promised(self, sku: str) -> int:
        return sum(order.held.get(sku, 0) for order in self.orders.values())

    def is_overdue(self, order: Order) -> bool:
        return order.status == "held" and order.until <= self.minute

    def give_time(self, order: Order) -> None:
        order.until, order.turn = self.minute + HOLD_MINUTES, next(_turn)

    def reclaim(self, sku: str, units: float, but: Order | None = None) -> None:
        for order in sorted(self.orders.values(), key=lambda order: order.turn):
            if units > 0 and self.is_overdue(order) and order is not but:
                units -= order.held.get(sku, 0)
                order.held[sku] = 0

    def can_hold(self, order: Order, missing: dict[str, int]) -> bool:
        """Hold in the model, or leave it as it was."""
        before = {number: dict(other.held) for number, other in self.orders.items()}
        for sku, units in missing.items():
            self.reclaim(sku, units - (self.on_hand[sku] - self.promised(sku)), order)
        if any(self.on_hand[sku] + self.limit - self.promised(sku) < units for sku, units in missing.items()):
            for number, held in before.items():
                self.orders[number].held = held
            return False
        for sku, units in missing.items():
            order.held[sku] = order.held.get(sku, 0) + units
        return True

    def missing(self, order: Order) -> dict[str, int]:
        return {
            sku: units - order.held.get(sku, 0) for sku, units in order.wanted.items() if units > order.held.get(sku, 0)
        }

    def ask(self, work: Callable[[], Any]) -> str:
        try:
            work()
        except Refusal as refusal:
            return type(refusal).__name__
        return "done"

    @rule(number=ORDERS, red=UNITS, blue=UNITS)
    def reserve(self, number: int, red: int, blue: int) -> None:
        order = self.orders[number]
        wanted = {sku: units for sku, units in zip(SKUS, (red, blue), strict=True) if units}
        expected = self._reserve(order, wanted)

        lines = tuple(StockLine(sku=self.tag + sku, quantity=units) for sku, units in wanted.items())
        outcome = self.ask(lambda: self.stock.inventory.reserve(
            key=self.stock.world.key(), order_id=f"{self.tag}{number}", lines=lines
        ))

        assert outcome == expected

    def _reserve(self, order: Order, wanted: dict[str, int]) -> str:
        if order.status == "released":
            return ReservationLost.__name__
        if order.status == "consumed":
            return "done"
        held = dict(order.held)
        if wanted != order.wanted:
            order.held = {}
        if not self.can_hold(order, {sku: units - order.held.get(sku, 0) for sku, units in wanted.items()}):
            order.held = held
            return OutOfStock.__name__
        order.wanted, order.status = wanted, "held"
        self.give_time(order)
        return "done"

    @rule(number=ORDERS, verb=st.sampled_from(["consume", "extend"]))
    def go_on(self, number: int, verb: str) -> None:
        order, expected = self.orders[number], "done"
        if order.status in ("none", "released"):
            expected = ReservationLost.__name__
        elif order.status != "consumed":
            if self.can_hold(order, self.missing(order)):
                order.status = "consumed" if verb == "consume" else "held"
                self.give_time(order)
            else:
                expected = ReservationLost.__name__

        assert self.ask(lambda: getattr(self.stock, verb)(f"{self.tag}{number}")) == expected

    @rule(number=ORDERS)
    def release(self, number: int) -> None:
        self.orders[number].status, self.orders[number].held = "released", {}

        self.stock.release(f"{self.tag}{number}")

    @rule(number=ORDERS)
    def ship(self, number: int) -> None:
        order = self.orders[number]
        if order.status != "consumed":
            return
        arrived = {
            line.sku.removeprefix(self.tag): line.quantity - line.backordered
            for line in self.stock.inventory.reservation(order_id=f"{self.tag}{number}").lines
        }
        lines = tuple(StockLine(sku=self.tag + sku, quantity=units) for sku, units in arrived.items() if units)
        for sku, units in arrived.items():
            self.on_hand[sku] -= units
            order.held[sku] -= units

        self.stock.inventory.ship(key=self.stock.world.key(), order_id=f"{self.tag}{number}", lines=lines)

    @rule(sku=st.sampled_from(SKUS), place=st.sampled_from(PLACES), change=st.integers(-4, 4))
    def adjust(self, sku: str, place: str, change: int) -> None:
        level = self.stock.level(self.tag + sku, place)
        is_tight = level.on_hand + change < level.allocated + level.reserved

        outcome = self.ask(lambda: self.stock.adjust(self.tag + sku, change, place))

        if outcome == "done":
            self.on_hand[sku] += change
            if is_tight:
                self.reclaim(sku, math.inf)
        else:
            assert outcome == BelowPromised.__name__
            assert is_tight

    @rule(minutes=st.integers(1, 6))
    def wait(self, minutes: int) -> None:
        self.minute += minutes
        self.stock.world.clock.advance(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        self.wait(1)
        for order in self.orders.values():
            if self.is_overdue(order):
                order.status, order.held = "expired", {}

        self.stock.world.settle()

    @invariant()
    def shows_what_the_model_has(self) -> None:
        for sku in SKUS if hasattr(self, "orders") else ():
            shown, levels = self.stock.shows(self.tag + sku), self.stock.inventory.levels(skus=(self.tag + sku,))
            assert sum(level.on_hand for level in levels) == self.on_hand[sku]
            assert shown.available == self.available(sku)
            assert shown.backorderable == max(0, self.limit - max(0, self.promised(sku) - self.on_hand[sku]))

    @invariant()
    def has_told_what_it_shows(self) -> None:
        events = self.stock.world.published(AvailabilityChanged) if hasattr(self, "orders") else []
        for sku in SKUS if events else ():
            shown = self.stock.shows(self.tag + sku)
            last = max((event for event in events if event.sku == self.tag + sku), key=lambda event: event.sequence)
            assert (last.backorderable, last.band) == (shown.backorderable, shown.band)
            assert min(last.available, TELLING + 1) == min(shown.available, TELLING + 1)

    @invariant()
    def keeps_right_books(self) -> None:
        assert [sentence for sentence in audit() if "is over" not in sentence] == []


class TestAnyHistory:
    def test_ends_with_what_the_model_says(self, stock: StockRoom) -> None:
        machine = type("Machine", (Histories,), {"stock": stock})

        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=25, stateful_step_count=25, deadline=None, database=None, phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )

        stock.world.clock.advance(minutes=HOLD_MINUTES + 1)
        stock.world.settle()
