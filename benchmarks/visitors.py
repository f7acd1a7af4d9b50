"""People who come at a rate, whatever they meet: each is timed from the moment of coming, on a kept connection."""

import heapq
import selectors
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

from benchmarks.wire import PATIENCE_SECONDS, Client, Journey, Tally


class Stream(NamedTuple):
    """What they do, and how many a second come to do it."""

    begin: Callable[[], Journey]
    rate: float


class Visit(NamedTuple):
    """When somebody comes, in seconds from the beginning, and with which stream."""

    at: float
    stream: int


def visits(rates: Sequence[float], *, seconds: float) -> list[Visit]:
    """Evenly, each stream by itself."""
    each = ([Visit(n / rate, stream) for n in range(int(rate * seconds))] for stream, rate in enumerate(rates))
    return list(heapq.merge(*each))


def come(origin: str, streams: Sequence[Stream], *, seconds: float, connections: int) -> list[Tally]:
    """Let them come for so long, and wait for the last answer. Returns what each stream came to.

    connections: of each stream, taken in turns, so that all workers are visited; more are made when none is free.
    """
    with _Street(origin, streams, connections) as street:
        began_at = time.perf_counter()
        for visit in visits([stream.rate for stream in streams], seconds=seconds):
            street.wait_until(began_at + visit.at)
            street.send(visit.stream, arrived_at=began_at + visit.at)
        took = time.perf_counter() - began_at
        street.empty()
    for tally in street.tallies:
        tally.seconds = took
    return street.tallies


class _Street:
    """All connections, under way and idle, of every stream."""

    def __init__(self, origin: str, streams: Sequence[Stream], connections: int) -> None:
        self._origin, self._streams, self._connections = origin, streams, connections
        self.tallies = [Tally() for _ in streams]
        self._clients: list[list[Client]] = [[] for _ in streams]
        self._idle: list[deque[Client]] = [deque() for _ in streams]
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> "_Street":
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for client in chain.from_iterable(self._clients):
            client.socket.close()

    def send(self, stream: int, *, arrived_at: float) -> None:
        """Somebody comes, or came a moment ago while we were busy: that moment is theirs, too."""
        client = self._taken(stream)
        client.began_at = arrived_at
        self._selector.register(client.socket, selectors.EVENT_READ, (stream, client))

    def _taken(self, stream: int) -> Client:
        """A connection on which the next of them has begun: the one that was idle longest, or a new one."""
        idle, clients = self._idle[stream], self._clients[stream]
        if idle and len(clients) >= self._connections:
            client = idle.popleft()
            client.start()
            return client
        clients.append(Client(self._origin, self._streams[stream].begin, self.tallies[stream]))
        return clients[-1]

    def wait_until(self, instant: float) -> None:
        """Take what is answered meanwhile."""
        while (left := instant - time.perf_counter()) > 0:
            self._take(left)
        self._take(0)

    def empty(self) -> None:
        """Wait for everybody.

        :raises TimeoutError: the server was silent
        """
        while self._selector.get_map():
            if not self._take(PATIENCE_SECONDS):
                raise TimeoutError(f"The server was silent for {PATIENCE_SECONDS:.0f} s.")

    def _take(self, seconds: float) -> int:
        ready = self._selector.select(seconds)
        for key, _ in ready:
            stream, client = key.data
            if client.receive():
                self._selector.unregister(client.socket)
                self._idle[stream].append(client)
        return len(ready)
