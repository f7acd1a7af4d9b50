"""Payments leaves the running shop, and comes back: `make drill CHECKOUTS=2000`, or `python -m drill --help`.

Exit code 0: no order lost, doubled or failed, a pause below 2 s, the books in order. 1: not so. 3: it could not be run.
"""

import argparse
import sys
import time
from pathlib import Path

import msgspec

from drill import books, report
from drill.moving import Move
from drill.premises import Premises, Trouble, premises
from drill.shopping import KINDS, Crowd


def main() -> int:
    """Run the drill, and say how it went."""
    wanted = _arguments()
    try:
        with premises() as made:
            found = run(made, wanted)
    except FileNotFoundError as error:
        tell(str(error))
        return 3
    except Trouble as error:
        tell(f"The drill could not be finished: {error}")
        return 3
    written = report.text(found)
    print(written)
    wanted.report.parent.mkdir(parents=True, exist_ok=True)
    wanted.report.with_suffix(".md").write_text(written + "\n")
    wanted.report.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    return 0 if found.is_good else 1


def run(place: Premises, wanted: argparse.Namespace) -> report.Report:
    """Everything, with people buying all the while."""
    tell("Starting PostgreSQL and the shop ...")
    place.command("manage.py", "migrate", "--verbosity=0")
    place.command("-m", "drill.shelves", str(KINDS))
    said: list[str] = []
    move = Move(place, said.append)
    crowd = Crowd(place.public, shoppers=wanted.shoppers, per_second=wanted.rate)
    try:
        move.open()
        marks = _with_people(move, crowd, wanted.checkouts)
        settled_s = books.settle(place.shared)
        return report.report(
            crowd.bought, marks, books.compared(books.read(place.shared), crowd.bought), write_pauses=said,
            audit=_audit(move), settled_s=round(settled_s, 1),
        )
    finally:
        move.close()


def _with_people(move: Move, crowd: Crowd, checkouts: int) -> list[tuple[str, float]]:
    """The steps, with a quarter of the checkouts before, between and after them; returns when each one began."""
    calm = checkouts // 4
    marks: list[tuple[str, float]] = []
    steps = (
        ("all in one process", None), ("payments leaves its process", move.leave_process),
        ("payments leaves its database", move.leave_database), ("payments outside", None),
        ("its database comes back", move.return_database), ("its process comes back", move.return_process),
        ("all in one process again", None),
    )
    crowd.begin()
    crowd.wait_for(max(8, calm // 10), tell)  # the shop warms up
    for name, step in steps:
        tell(f"{name} ...")
        marks.append((name, time.monotonic()))
        if step:
            step()
        else:
            crowd.wait_for(calm, tell)
    crowd.wait_for(checkouts - len(crowd.bought), tell)
    crowd.end()
    return [*marks, ("", time.monotonic())]


def _audit(move: Move) -> str:
    try:
        return move.audit()
    except Trouble as error:
        return str(error)


def tell(sentence: str) -> None:
    """Progress, beside the figures."""
    print(sentence, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drill", description=main.__doc__)
    parser.add_argument("--checkouts", type=int, default=2_000, help="at least so many (default: 2000)")
    parser.add_argument("--shoppers", type=int, default=6, help="at the same time")
    parser.add_argument("--rate", type=float, default=12.0, help="checkouts begun per second, if the shop keeps up")
    parser.add_argument("--report", type=Path, default=Path("var/drill"), help="write <report>.md and <report>.json")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
