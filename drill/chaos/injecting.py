"""Carries out the plan of faults, one after the other, while people buy; and heals everything in the end."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from drill.chaos.ledger import Rest
from drill.chaos.premises import Premises
from storefront.testing.faults.plan import Fault, Rates, planned

RATES = Rates(lost_request=0.004, silence=0.0005, lost_response=0.006, late=0.003, duplicate=0.006, delay=0.01)
"""On every wire, all the time: between shoppers and the shop, and between its processes."""
WEIGHTS: dict[str, float] = {"kill": 4, "die": 7, "skew": 1, "cut": 1}
OF_POSTGRESQL: dict[str, float] = {"database restart": 0.7, "database kill": 0.3}
OF_BROKERS: dict[str, float] = {"broker away": 1}
OF_REDIS: dict[str, float] = {"broker flush": 1}
SKEWED_SECONDS = 4.0
SETTLE_SECONDS = 60.0
LOOK_SECONDS, QUIET_LOOKS, BUSY_LOOKS = 0.4, 3, 10
TURNS_MINUTES = (11.0, 32.0, 64.0, 75.0)
"""How far the clock is turned while the shop settles: the bank's letters are late by 10 minutes, a shopper who does not
come back from the bank is waited for half an hour, and money set aside there is given back after one."""


def plan_for(place: Premises, *, seed: str, checkouts: int, gap: int, only: tuple[str, ...] = ()) -> list[Fault]:
    """Faults that can happen there; only those kinds, if any are named."""
    weights = dict(WEIGHTS)
    weights |= OF_POSTGRESQL if place.server else {}
    weights |= OF_BROKERS if place.broker else {}
    weights |= OF_REDIS if place.can_forget else {}
    chosen = {kind: weight for kind, weight in weights.items() if not only or kind in only}
    if not chosen:
        return []
    return planned(seed, length=checkouts, gap=gap, weights=chosen, processes=place.served, relays=place.unserved)


class Injector:
    """The plan and what of it has happened."""

    def __init__(self, place: Premises, plan: list[Fault], rates: Rates) -> None:
        self.counts: Counter[str] = Counter()
        self.errors: list[str] = []
        self.happened: list[tuple[float, Fault]] = []
        """Each fault, and when it began, by the monotonic clock."""
        self._place, self._rates, self._left = place, rates, list(plan)
        self._queue: queue.Queue[Fault | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def begin(self) -> None:
        """Let the wires misbehave, and wait for the first fault's time."""
        self._place.wires.misbehave(self._rates)
        self._thread.start()

    def go_on(self, done: int) -> None:
        """So many purchases are made: whatever is due happens."""
        while self._left and self._left[0].after <= done:
            self._queue.put(self._left.pop(0))

    def heal(self) -> None:
        """No more faults: the wires are good, everybody runs, every clock is right."""
        self._queue.put(None)
        self._thread.join()
        self._place.wires.misbehave(Rates())
        self._place.spare()
        self._place.wait_until_ready()

    def _work(self) -> None:
        while fault := self._queue.get():
            self.happened.append((time.monotonic(), fault))
            try:
                self._happen(fault)
            except Exception as error:
                self.errors.append(f"{fault}: {error!r}")
            self.counts[fault.kind] += 1

    def _happen(self, fault: Fault) -> None:
        place = self._place
        if fault.kind == "kill":
            place.programs[fault.target].kill()
        elif fault.kind == "die":
            place.tell_to_die(fault.target, fault.point, skip=fault.skip)
        elif fault.kind == "skew":
            place.skew_clock(fault.target, fault.seconds)
            time.sleep(SKEWED_SECONDS)
            place.skew_clock(fault.target, 0.0)
        elif fault.kind == "cut":
            self._cut(fault.target.rpartition("-")[0], fault.seconds)
        elif fault.kind == "broker away":
            self._cut("broker", fault.seconds)
        elif fault.kind == "broker flush":
            place.flush_broker()
        elif place.server:
            (place.server.kill if fault.kind == "database kill" else place.server.stop)()
            place.server.start()

    def _cut(self, wire: str, seconds: float) -> None:
        self._place.wires.cut(wire)
        time.sleep(seconds)
        self._place.wires.mend(wire)


class Settled(NamedTuple):
    """How long it took until nothing was under way, and what was left then."""

    seconds: float
    rest: Rest


def settle(place: Premises, say: Callable[[str], None]) -> Settled:
    """Wait until nothing is under way, turning the clock when all that is due at the moment is done.

    What is not done after `SETTLE_SECONDS` is left.
    """
    began_at = time.monotonic()
    turns, ahead, quiet, busy = list(TURNS_MINUTES), place.ahead_minutes, 0, 0
    turns = [turn for turn in turns if turn > ahead]
    while (seconds := time.monotonic() - began_at) < SETTLE_SECONDS:
        time.sleep(LOOK_SECONDS)
        rest = place.ledger.rest()
        is_idle = not (rest.deliveries or rest.sagas)
        quiet, busy = (quiet + 1, 0) if is_idle else (0, busy + 1)
        if quiet > QUIET_LOOKS and not turns and rest.is_quiet:
            break
        if quiet > QUIET_LOOKS and turns:
            place.turn_clock(turns.pop(0))
            quiet = 0
        elif busy > BUSY_LOOKS:  # what a wrong clock, or many failures, put off waits for its time
            say(f"Still under way after {seconds:.0f} s: {rest}; a minute passes ...")
            place.turn_clock(place.ahead_minutes + 1.0)
            busy = 0
    return Settled(seconds, rest)
