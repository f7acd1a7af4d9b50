"""One seed: a cast, its troubles, the day, the evening in which all troubles are over, and the reckoning."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import msgspec
from django.db import OperationalError

from storefront import schedule
from storefront.calls import transport
from storefront.sagas import runner
from storefront.testing.simulation.broker import Broker
from storefront.testing.simulation.cell import CALLER
from storefront.testing.simulation.clockwork import played_time
from storefront.testing.simulation.line import Line
from storefront.testing.simulation.stage import Stage
from storefront.testing.simulation.trouble import Troubles
from storefront.topology import modules_here
from tests.simulation import reckoning
from tests.simulation.bank import troubled_bank
from tests.simulation.operators import Operator
from tests.simulation.premises import STOCK, opened, premises
from tests.simulation.shoppers import TOKENS, Buyer, Purchase
from tests.simulation.visitors import Browser, Importer, Visitor

DAYS = (
    datetime(2028, 2, 28, 23, 55, tzinfo=UTC),  # into a leap day
    datetime(2028, 3, 26, 0, 57, tzinfo=UTC),  # Europe puts its clocks forward
    datetime(2028, 10, 29, 0, 57, tzinfo=UTC),  # and back
    datetime(2028, 12, 31, 23, 55, tzinfo=UTC),
    datetime(2028, 6, 1, 12, tzinfo=UTC),
)
EVENING = (*[timedelta(minutes=1)] * 3, *[timedelta(minutes=2)] * 11, *[timedelta(minutes=25)] * 9)
"""How the time goes on when all troubles are over; each pause ends in work."""
ROUNDS = 60


class Outcome(msgspec.Struct, frozen=True):
    """What came of a seed."""

    seed: int
    troubles: str
    story: list[str]
    digest: str
    failures: list[str]
    orders: int
    suffered: int = 0
    """How often the one dependency in trouble was leant on, if the play was about one."""


def simulate(seed: int, *, troubles: Troubles | None = None) -> Outcome:
    """Play the day of `seed`, and say what was wrong afterwards."""
    premises()
    troubles = troubles or Troubles.of(seed)
    stage = Stage(seed, troubles, lambda: premises().adopted())
    day = Random(f"day of {seed}").choice(DAYS)
    with _quiet(), opened(stage), played_time(stage, begins_at=day), troubled_bank(stage), _lines(stage):
        cast = Cast(stage)
        failures = cast.live()
        return Outcome(
            seed=seed, troubles=str(troubles), story=stage.story, digest=stage.digest, failures=failures,
            orders=reckoning.orders_placed(), suffered=stage.suffered,
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Failures are the point here, not news."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _lines(stage: Stage) -> Iterator[None]:
    line = Line(stage)
    before = dict(transport.STAND_INS)
    transport.STAND_INS.update(dict.fromkeys(modules_here(), line))
    try:
        yield
    finally:
        transport.STAND_INS.clear()
        transport.STAND_INS.update(before)


class Cast:
    """All who act in one play."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.broker = Broker(stage)
        random, is_about_one_thing = stage.random, stage.troubles.cell is not None
        buyers = 3 if is_about_one_thing else random.randint(3, 6)
        self.purchases = [Purchase(number, _wanted(random), random.choice(TOKENS)) for number in range(buyers)]
        self.buyers = [Buyer(stage, purchase) for purchase in self.purchases]
        self.visitors: list[Visitor] = [Browser(stage), Importer(stage)]
        names = ("grace",) if is_about_one_thing else ("grace", "alan")
        self.operators = [Operator(stage, name, tuple(STOCK), errands=4) for name in names]

    def live(self) -> list[str]:
        """The day and the evening. Returns what was wrong."""
        for buyer in self.buyers:
            self.stage.enter(f"buyer {buyer.purchase.number}", buyer.shop)
        for operator in self.operators:
            self.stage.enter(operator._name, operator.work)
        for visitor in self.visitors:
            self.stage.enter(visitor.name, visitor.visit)
        for name, act, pause in (
            ("runner 1", self._run_sagas, 1.0), ("runner 2", self._run_sagas, 1.5), ("relay 1", self._relay, 1.0),
            ("relay 2", self._relay, 2.0), ("worker 1", self.broker.work, 0.5), ("worker 2", self.broker.work, 0.7),
            ("timer", self._run_jobs, 1.0),
        ):
            self.stage.enter(name, partial(self._endlessly, act, pause), is_endless=True)
        self.stage.play()
        return self._evening()

    def _endlessly(self, act: Callable[[], object], pause: float) -> None:
        while True:
            with self.stage.mortal(), suppress(OperationalError):  # as the shop's background does
                act()
            longer = self.stage.random.uniform(20, 400) if self.stage.trouble("clock leaps", "") else 0.0
            if longer:  # the process stands still for so long, and for everybody the time goes on
                self.stage.now += longer
            if not self.stage.stepped_back and self.stage.trouble("clock is put back", "by an hour"):
                self.stage.stepped_back = 3600.0
            self.stage.sleep(pause * self.stage.random.uniform(0.5, 1.5))

    def _run_sagas(self) -> None:
        CALLER.set("checkout")
        runner.run_due("checkout")

    def _relay(self) -> None:
        for module in modules_here():
            self.broker.relay(module)

    def _run_jobs(self) -> None:
        for module in modules_here():
            schedule.run_due(module)

    def _evening(self) -> list[str]:
        """No more troubles: everything comes to its end, and everybody gets an answer."""
        self.stage.troubles.are_over = True
        self.stage.tell("all troubles are over")
        for pause in EVENING[:3]:
            self._settle(pause)
        self._ask_once_more()
        for pause in EVENING[3:]:
            self._settle(pause)
        self._ask_once_more()  # a key that was taken before the clock was put back is taken for an hour longer
        errands = [errand for operator in self.operators for errand in operator.errands]
        return [
            *reckoning.failures(self.purchases, errands),
            *(complaint for visitor in self.visitors for complaint in visitor.complaints()),
        ]

    def _ask_once_more(self) -> None:
        """With every key that was ever used, and every errand that nobody knows the outcome of."""
        for errand in [errand for operator in self.operators for errand in operator.errands]:
            if not errand.outcome:
                errand.attempt()
                self.stage.tell(f"{errand.what}: {errand.outcome} at last")
        for buyer in self.buyers:
            for key in buyer.purchase.keys:
                buyer.complete(key)

    def _settle(self, pause: timedelta) -> None:
        self.stage.now += pause.total_seconds()
        for _ in range(ROUNDS):
            self._relay()
            busy = 0
            while self.broker.work():
                busy += 1
            busy += runner.run_due("checkout") + sum(schedule.run_due(module) for module in modules_here())
            if not busy:
                return


def _wanted(random: Random) -> tuple[tuple[str, int], ...]:
    skus = random.sample(sorted(STOCK), random.choice((1, 1, 1, 2)))
    return tuple((sku, random.choice((1, 1, 2))) for sku in skus)
