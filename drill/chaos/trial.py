"""One trial: a shop is opened, people buy under faults, everything is healed, the books are read."""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from drill.chaos import history, injecting, report
from drill.chaos.crowd import Crowd
from drill.chaos.goods import on_hand
from drill.chaos.premises import Premises
from drill.chaos.shoppers import Purchase
from storefront.testing.faults.plan import Rates

ASKED_AGAIN = 1_000
"""How many of those who have an order ask for it once more in the end, beside all who heard nothing."""


class Wanted(NamedTuple):
    """What kind of trial."""

    topology: str
    database: str
    seed: str
    checkouts: int
    shoppers: int
    gap: int
    """Purchases between two faults, about."""
    only: tuple[str, ...] = ()
    """Kinds of faults; empty for all, and `none` for none."""
    rates: Rates = injecting.RATES


def run(place: Premises, wanted: Wanted, say: Callable[[str], None]) -> report.Report:
    """People buy while things go wrong; then all is healed, and the books are read."""
    say(f"Building the shop as {wanted.topology} ...")
    key = place.open(wanted.checkouts)
    crowd = Crowd(place, key, seed=wanted.seed, checkouts=wanted.checkouts, shoppers=wanted.shoppers)
    plan = injecting.plan_for(
        place, seed=wanted.seed, checkouts=wanted.checkouts, gap=wanted.gap, only=wanted.only
    )
    injector = injecting.Injector(place, plan, wanted.rates)
    say("People buy ...")
    began_at = time.monotonic()
    injector.begin()
    crowd.run(_with_progress(injector, say))
    seconds = time.monotonic() - began_at
    say("Healing, and waiting until nothing is under way ...")
    injector.heal()
    settled = injecting.settle(place, say)
    say("Asking again, and reading the books ...")
    contradictions = crowd.ask_again(_who_asks_again(crowd, wanted.seed))
    injecting.settle(place, say)
    return _reported(place, crowd, injector, wanted, contradictions, seconds=seconds, settled_s=settled.seconds)


def _with_progress(injector: injecting.Injector, say: Callable[[str], None]) -> Callable[[int], None]:
    told_at = time.monotonic()

    def beside(done: int) -> None:
        nonlocal told_at
        injector.go_on(done)
        if time.monotonic() - told_at > 10:
            told_at = time.monotonic()
            say(f"{done} purchases, {injector.counts.total()} faults so far ...")

    return beside


def _who_asks_again(crowd: Crowd, seed: str) -> list[Purchase]:
    open_ones = [
        each for each in crowd.purchases if "unknown" in (each.outcome, each.canceled, each.refunded)
        or each.outcome in history.UNSETTLED
    ]
    placed = [each for each in crowd.purchases if each.order and each not in open_ones]
    return open_ones + random.Random(seed).sample(placed, min(ASKED_AGAIN, len(placed)))


def _reported(
    place: Premises, crowd: Crowd, injector: injecting.Injector, wanted: Wanted,
    contradictions: list[str], *, seconds: float, settled_s: float,
) -> report.Report:
    books, rest = place.ledger.books(), place.ledger.rest()
    verdict = history.judged(crowd.purchases, books, rest, on_hand(wanted.checkouts))
    verdict.doubled += contradictions
    money = [each for order in books.orders for each in order.payments] + books.strays
    return report.Report(
        topology=wanted.topology, database=wanted.database, seed=wanted.seed, checkouts=len(crowd.purchases),
        seconds=round(seconds, 1), settled_s=round(settled_s, 1), orders=len(books.orders),
        canceled=sum(order.status == "canceled" for order in books.orders),
        charges=sum(bool(each.kept or each.refunded) for each in money),
        refunds=sum(status == "success" for status, _ in books.refunds.values()),
        outcomes=dict(Counter(each.outcome for each in crowd.purchases)),
        asked_again=dict(Counter(what for _, what in crowd.heard)), pauses=_pauses(crowd, injector),
        faults=dict(injector.counts),
        died_at=_by_place(place),
        died={name: program.deaths for name, program in place.programs.items() if program.deaths},
        wire=place.wires.counts, audit=place.ledger.audit(), verdict=verdict,
        slowest_s=round(max((each.seconds for each in crowd.purchases), default=0.0), 1), troubles=injector.errors,
    )


def _by_place(place: Premises) -> dict[str, int]:
    """How many died at each named place."""
    return dict(Counter(point for _, point in place.died.elements()))


def _pauses(crowd: Crowd, injector: injecting.Injector) -> dict[str, float]:
    """For each kind of fault the longest time, in seconds, from its beginning to the last trouble before the next."""
    found: dict[str, float] = {}
    ends = [at for at, _ in injector.happened[1:]] + [float("inf")]
    for (began_at, fault), end_at in zip(injector.happened, ends, strict=False):
        troubles = [at for at, _ in crowd.heard if began_at <= at < end_at]
        found[fault.kind] = max(found.get(fault.kind, 0.0), round(max(troubles, default=began_at) - began_at, 1))
    return found
