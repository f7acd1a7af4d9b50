"""`python -m tests.simulation --seeds 1000 --from 0 --processes 2`, or `--seed 123` for the story of one."""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed


def say(*lines: str) -> None:
    """To whoever watches, at once."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Play; 1 if a seed failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="tell the story of this seed, step by step")
    parser.add_argument("--seeds", type=int, default=1000, help="how many seeds to play")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    if chosen.seed is not None:
        return _tell(chosen.seed)
    return _play(range(chosen.first, chosen.first + chosen.seeds), chosen.processes)


def _prepare() -> None:
    """A process of its own, which touches no file of a shop."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings", DATA_DIR=tempfile.mkdtemp(prefix="simulation-"), THROTTLES="off",
        STOREFRONT_BACKGROUND="none", LOG_LEVEL="ERROR", STOREFRONT_TOPOLOGY="monolith", DATABASE_POOL="0",
    )
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()


def _tell(seed: int) -> int:
    _prepare()
    from tests.simulation.play import simulate

    outcome = simulate(seed)
    say(f"Seed {seed}, troubles: {outcome.troubles}", *outcome.story)
    say(f"{outcome.orders} orders; digest {outcome.digest}")
    say(*[f"FAILED {failure}" for failure in outcome.failures] or ["All is as it must be."])
    return 1 if outcome.failures else 0


def _one(seed: int) -> tuple[int, list[str], int]:
    from tests.simulation.play import simulate

    try:
        outcome = simulate(seed)
    except Exception as error:
        return seed, [f"{type(error).__name__}: {error}"], 0
    return seed, outcome.failures, outcome.orders


def _play(seeds: range, processes: int) -> int:
    began_at, failed, orders = time.monotonic(), list[int](), 0
    with ProcessPoolExecutor(processes, initializer=_prepare) as pool:
        plays = [pool.submit(_one, seed) for seed in seeds]
        for number, play in enumerate(as_completed(plays), 1):
            seed, failures, placed = play.result()
            orders += placed
            if failures:
                failed.append(seed)
                say(f"\nSeed {seed} failed; make simulate SEED={seed} tells its story:", *failures)
            if number % 25 == 0 or number == len(seeds):
                rate = number / (time.monotonic() - began_at)
                say(f"{number}/{len(seeds)} seeds, {rate:.1f}/s, {orders} orders, {len(failed)} failed")
    if failed:
        say("Failed seeds: " + " ".join(map(str, sorted(failed))))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
