"""Actors who take turns as a seed says: one works at a time, until it sleeps or another is given the turn.

An actor is a thread, so that the shop's own code runs as it is; but only the one whose turn it is ever runs.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random

from storefront.testing.simulation.trouble import Troubles

MOST_TURNS = 60_000
SWITCH = 0.35
"""How often an actor who may be interrupted is."""
STEP_SECONDS = 0.003
"""At most so much time passes between two turns."""


class Killed(BaseException):
    """The process that was at work here is gone; what it had not committed is rolled back."""


class Curtain(BaseException):
    """The play is over; whoever still waits goes home."""


class Actor:
    """One who works in turns: a shopper's request, a relay, a worker."""

    def __init__(self, stage: "Stage", name: str, act: Callable[[], None], *, is_endless: bool) -> None:
        self.name, self.is_endless = name, is_endless
        self.wakes_at = 0.0
        self.is_done = self.is_dead = False
        self.failure: BaseException | None = None
        self.turn = threading.Lock()
        self.turn.acquire()
        self._stage, self._act = stage, act
        self.thread = threading.Thread(target=self._live, name=f"simulated {name}", daemon=True)

    def _live(self) -> None:
        self.turn.acquire()
        try:
            with self._stage.dressed():
                self._act()
        except (Curtain, Killed):
            pass
        except BaseException as error:
            self.failure = error
        finally:
            self.is_done = True
            self._stage.back.release()


class Stage:
    """Virtual time, the actors, and the story of what happened."""

    def __init__(self, seed: int, troubles: Troubles, dressed: Callable[[], AbstractContextManager[None]]) -> None:
        self.random = Random(seed)
        self.now = 0.0
        """Seconds since the play began."""
        self.stepped_back = 0.0
        """How far the wall clocks of all machines were put back meanwhile, in seconds; other clocks go on."""
        self.troubles = troubles
        self.story: list[str] = []
        self.dressed = dressed
        self.back = threading.Lock()
        self.back.acquire()
        self.current: Actor | None = None
        self.suffered = 0
        """How often the one dependency that is in trouble was leant on meanwhile."""
        self._actors: list[Actor] = []
        self._is_over = False

    def enter(self, name: str, act: Callable[[], None], *, is_endless: bool = False) -> None:
        """Let an actor join. is_endless: it goes on until the others are done."""
        actor = Actor(self, name, act, is_endless=is_endless)
        actor.wakes_at = self.now
        self._actors.append(actor)
        actor.thread.start()

    def play(self) -> None:
        """Give turns until everybody who has an end has come to it.

        :raises AssertionError: they do not end
        :raises BaseException: what an actor did not expect
        """
        try:
            for _ in range(MOST_TURNS):
                waiting = [actor for actor in self._actors if not actor.is_done]
                if all(actor.is_endless for actor in waiting):
                    return
                self._give_turn(self._next(waiting))
            raise AssertionError(f"Nobody came to an end in {MOST_TURNS} turns.")
        finally:
            self._end()

    def _next(self, waiting: list[Actor]) -> Actor:
        awake = [actor for actor in waiting if actor.wakes_at <= self.now]
        if not awake:
            self.now = min(actor.wakes_at for actor in waiting)
            awake = [actor for actor in waiting if actor.wakes_at <= self.now]
        return awake[0] if len(awake) == 1 else self.random.choice(awake)

    def _give_turn(self, actor: Actor) -> None:
        self.now += self.random.random() * STEP_SECONDS
        self.current = actor
        actor.turn.release()
        self.back.acquire()
        self.current = None
        if actor.failure:
            raise actor.failure

    def _end(self) -> None:
        self._is_over = True
        for actor in self._actors:
            if not actor.is_done:
                self.current = actor
                actor.turn.release()
                self.back.acquire()
            actor.thread.join()
        self.current = None

    def pause(self) -> None:
        """Here the one at work may be interrupted."""
        if self.current and not self._is_over and self.random.random() < SWITCH:
            self._hand_back()

    def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        if self.current is None:
            self.now += seconds
        elif self._is_over:
            raise Curtain
        else:
            self.current.wakes_at = self.now + seconds
            self._hand_back()

    def _hand_back(self) -> None:
        actor = self.current
        assert actor
        self.back.release()
        actor.turn.acquire()
        if self._is_over:
            actor.is_dead = True
            raise Curtain

    def tell(self, what: str) -> None:
        """Add a line to the story."""
        who = self.current.name if self.current else "-"
        self.story.append(f"{self.now:10.3f}  {who:<12} {what}")

    @property
    def digest(self) -> str:
        """Two plays are the same if this is."""
        return hashlib.sha256("\n".join(self.story).encode()).hexdigest()

    def trouble(self, kind: str, what: str) -> bool:
        """Whether this trouble comes now, to whoever is at work."""
        if self.current is None or self._is_over or not self.troubles.happens(kind, self.random):
            return False
        self.tell(f"! {kind}: {what}")
        return True

    def fault_of(self, module: str, dependency: str, what: str = "") -> str:
        """`down`, `slow` or `lying` if that is the trouble of this play, at this moment; else empty."""
        if self.current is None or self._is_over:
            return ""
        fault = self.troubles.fault_of(module, dependency, at=self.now)
        if fault:
            self.suffered += 1
            self.tell(f"! {dependency} of {module} is {fault} {what}".rstrip())
        return fault

    def kill(self) -> None:
        """The process of whoever is at work ends here.

        :raises Killed: always
        """
        assert self.current
        self.current.is_dead = True
        raise Killed

    @property
    def is_dead(self) -> bool:
        """Whether whoever runs has been killed and is only being unwound."""
        return self.current is not None and self.current.is_dead

    @contextmanager
    def mortal(self) -> Iterator[None]:
        """Who is killed in here ends here; the one outside goes on, as another process."""
        try:
            yield
        except Killed:
            self.revive()

    def revive(self) -> None:
        """Another process takes over."""
        if self.current and not self._is_over:
            self.current.is_dead = False
