"""Checkouts under faults: `make chaos CHECKOUTS=10000 TOPOLOGY=monolith SEED=7`, or `python -m drill.chaos --help`.

Exit code 0: no order lost, doubled or parked without cause, the books in order. 1: not so. 3: it could not be run.
"""

import argparse
import random
import sys
from pathlib import Path

import msgspec

from drill.chaos import report
from drill.chaos.injecting import RATES
from drill.chaos.premises import premises
from drill.chaos.trial import Wanted, run
from drill.premises import Trouble
from storefront.testing.faults.plan import Rates


def main() -> int:
    """Run a trial, and say how it went."""
    wanted = _arguments()
    tell(f"Seed {wanted.seed}.")
    try:
        with premises(wanted.topology, seed=wanted.seed, on_postgresql=wanted.database == "postgresql") as place:
            found = run(place, _wanted(wanted), tell)
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


def tell(sentence: str) -> None:
    """Progress, beside the figures."""
    print(sentence, file=sys.stderr, flush=True)


def _wanted(told: argparse.Namespace) -> Wanted:
    return Wanted(
        topology=told.topology, database=told.database, seed=told.seed, checkouts=told.checkouts,
        shoppers=told.shoppers, gap=told.gap, only=tuple(filter(None, told.only.split(","))),
        rates=RATES if told.loss is None else Rates.lossy(told.loss),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drill.chaos", description=main.__doc__)
    parser.add_argument("--checkouts", type=int, default=1_000)
    parser.add_argument("--topology", default="monolith", help="monolith, all-split, split:MODULE, celery-redis, ...")
    parser.add_argument("--seed", default=str(random.randrange(10**6)), help="another one each time, if not given")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--shoppers", type=int, default=12, help="at the same time")
    parser.add_argument("--gap", type=int, default=40, help="purchases between two faults, about")
    parser.add_argument("--only", default="", help="kinds of faults, with commas between, such as kill,cut; or none")
    parser.add_argument("--loss", type=float, help="this share of requests is lost on the wires, and nothing else is")
    parser.add_argument("--report", type=Path, help="write <report>.md and <report>.json; default: var/chaos-TOPOLOGY")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
