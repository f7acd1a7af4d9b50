"""Checkouts under faults: `make chaos CHECKOUTS=10000 TOPOLOGY=monolith SEED=7`, or `python -m drill.chaos --help`.

Exit code 0: no order lost, doubled or parked without cause, the books in order. 1: not so. 3: it could not be run.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from drill.chaos import history, injecting, report
from drill.chaos.crowd import Crowd
from drill.chaos.goods import on_hand
from drill.chaos.premises import Premises, premises
from drill.chaos.shoppers import Purchase
from drill.premises import Trouble

ASKED_AGAIN = 1_000
"""How many of those who have an order ask for it once more in the end, beside all who heard nothing."""


def main() -> int:
    """Run a trial, and say how it went."""
    wanted = _arguments()
    tell(f"Seed {wanted.seed}.")
    try:
        with premises(wanted.topology, seed=wanted.seed, on_postgresql=wanted.database == "postgresql") as place:
            found = run(place, wanted, tell)
    except FileNotFoundError as error:
        tell(str(error))
        return 3
    except Trouble as error:
        tell(f"The trial could not be finished: {error}")
        return 3
    print(report.text(found))
    where: Path = wanted.report or Path("var") / f"chaos-{wanted.topology.replace(':', '-')}"
    where.parent.mkdir(parents=True, exist_ok=True)
    where.with_suffix(".md").write_text(report.text(found))
    where.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    return 0 if found.is_good else 1


def run(place: Premises, wanted: argparse.Namespace, say: Callable[[str], None]) -> report.Report:
    """People buy while things go wrong; then all is healed, and the books are read."""
    say(f"Building the shop as {wanted.topology} ...")
    key = place.open(wanted.checkouts)
    crowd = Crowd(place, key, seed=wanted.seed, checkouts=wanted.checkouts, shoppers=wanted.shoppers)
    injector = injecting.Injector(place, seed=wanted.seed, checkouts=wanted.checkouts, gap=wanted.gap)
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
    place: Premises, crowd: Crowd, injector: injecting.Injector, wanted: argparse.Namespace,
    contradictions: list[str], *, seconds: float, settled_s: float,
) -> report.Report:
    books, rest = place.ledger.books(), place.ledger.rest()
    verdict = history.judged(crowd.purchases, books, rest, on_hand(wanted.checkouts))
    verdict.doubled += contradictions
    money = [each for order in books.orders for each in order.payments] + books.strays
    deaths = {f"{name} at a named place": count for name, count in place.died.items()}
    return report.Report(
        topology=wanted.topology, database=wanted.database, seed=wanted.seed, checkouts=len(crowd.purchases),
        seconds=round(seconds, 1), settled_s=round(settled_s, 1), orders=len(books.orders),
        canceled=sum(order.status == "canceled" for order in books.orders),
        charges=sum(bool(each.kept or each.refunded) for each in money),
        refunds=sum(status == "success" for status, _ in books.refunds.values()),
        outcomes=dict(Counter(each.outcome for each in crowd.purchases)), asked_again=dict(crowd.heard),
        faults=dict(injector.counts),
        died=deaths | {name: program.deaths for name, program in place.programs.items() if program.deaths},
        wire=place.wires.counts, audit=place.ledger.audit(), verdict=verdict,
        slowest_s=round(max((each.seconds for each in crowd.purchases), default=0.0), 1), troubles=injector.errors,
    )


def tell(sentence: str) -> None:
    """Progress, beside the figures."""
    print(sentence, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drill.chaos", description=main.__doc__)
    parser.add_argument("--checkouts", type=int, default=1_000)
    parser.add_argument("--topology", default="monolith", help="monolith, all-split, split:MODULE, celery-redis, ...")
    parser.add_argument("--seed", default=str(random.randrange(10**6)), help="another one each time, if not given")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--shoppers", type=int, default=10, help="at the same time")
    parser.add_argument("--gap", type=int, default=40, help="purchases between two faults, about")
    parser.add_argument("--report", type=Path, help="write <report>.md and <report>.json; default: var/chaos-TOPOLOGY")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
