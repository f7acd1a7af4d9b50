"""Whom it is worth trying to reach: who was away a moment ago is asked again after a pause, and blocks nobody."""

import time

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0
"""Short, so that a backlog begins to drain at once when the other side is back."""
REST = 4
"""Pause so many times as long as somebody kept us waiting: whoever hangs takes a fifth of the relay's time, no more."""


class Road:
    """The way to a consumer or a broker, as this process knows it."""

    def __init__(self) -> None:
        self._pause = 0.0
        self._shut_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether to try at this moment."""
        return time.monotonic() >= self._shut_until

    def broke(self, *, waited: float) -> None:
        """Nobody was reached: rest for 1 s, doubling to 5 s. waited: seconds that the attempt has taken."""
        self._pause = min(LONGEST_PAUSE_SECONDS, self._pause * 2 or FIRST_PAUSE_SECONDS)
        self._shut_until = time.monotonic() + max(self._pause, REST * waited)

    def held(self) -> None:
        """Somebody was reached."""
        self._pause = self._shut_until = 0.0


_roads: dict[str, Road] = {}


def road_to(name: str) -> Road:
    """The road of that name: a subscriber's, or the broker's."""
    return _roads.get(name) or _roads.setdefault(name, Road())


def forget() -> None:
    """Try everybody again; tests."""
    _roads.clear()
