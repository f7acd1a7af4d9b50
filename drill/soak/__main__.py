"""Hours at half load: `make soak HOURS=8 TOPOLOGY=monolith`, or `python -m drill.soak --help`.

Exit code 0: nothing grew that should not, the books are in order. 1: not so. 3: it could not be run.
"""

import argparse
import sys
from pathlib import Path

import msgspec

from benchmarks.fleet import Missing
from drill.premises import Trouble
from drill.soak import report
from drill.soak.premises import premises
from drill.soak.soaking import Soak, Wanted
from storefront.testing.broker import NoBroker


def main() -> int:
    """Run a soak, and say how it went."""
    wanted = _arguments()
    seconds = wanted.minutes * 60 if wanted.minutes else wanted.hours * 3600
    try:
        with premises(wanted.topology) as place:
            found = Soak(place, Wanted(wanted.topology, seconds, wanted.rate), tell).run()
    except (FileNotFoundError, Missing, NoBroker) as error:
        tell(str(error))
        return 3
    except (Trouble, RuntimeError) as error:
        tell(f"The soak could not be finished: {error}")
        return 3
    written = report.text(found)
    print(written)
    where: Path = wanted.report or Path("var") / f"soak-{wanted.topology}"
    where.parent.mkdir(parents=True, exist_ok=True)
    where.with_suffix(".md").write_text(written)
    where.with_suffix(".json").write_bytes(msgspec.json.encode(found) + b"\n")
    return 0 if found.is_good else 1


def tell(sentence: str) -> None:
    """Progress, beside the figures."""
    print(sentence, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drill.soak", description=main.__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--minutes", type=float, default=0.0, help="instead of hours")
    parser.add_argument("--topology", default="monolith", help="monolith, all-split, payments-out, celery-redis, ...")
    parser.add_argument("--rate", type=float, default=0.0, help="visits per second; default: half of what can be borne")
    parser.add_argument("--report", type=Path, help="write <report>.md and <report>.json; default: var/soak-TOPOLOGY")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
