"""Wires that misbehave: a proxy before each server, in a process of its own. `Wires` starts it and speaks to it.

What is lost, doubled or late is a whole request or its answer. Who sends many requests over one connection, one after
the other, as everybody here does, is served the same way.
"""

import asyncio
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from storefront.testing.faults.plan import Rates

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[3]
METHODS = (b"GET ", b"POST ", b"PATCH ", b"PUT ", b"DELETE ")
SILENT_SECONDS = 6.0
LATE_SECONDS = (0.3, 4.0)
DELAY_SECONDS = (0.02, 0.8)
CHUNK = 65536


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the process with the wires is told, a line each; it answers with its counts."""

    lead: dict[str, list[int]] = {}
    """Wire -> ports of the servers behind it, asked in turn."""
    rates: Rates | None = None
    cut: tuple[str, ...] = ()
    mend: tuple[str, ...] = ()


class Wires:
    """The proxies, by name, and what happened on them."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child

    def lead(self, ways: Mapping[str, Sequence[int]]) -> dict[str, int]:
        """Wire -> port, for wires to servers on these ports; they need not listen yet."""
        told = self._tell(Order(lead={name: list(ports) for name, ports in ways.items()}))
        return msgspec.convert(told["ports"], type=dict[str, int])

    def misbehave(self, rates: Rates) -> None:
        """From now on; `Rates()` is a good wire."""
        self._tell(Order(rates=rates))

    def cut(self, *names: str) -> None:
        """Break every connection on these and let nobody through."""
        self._tell(Order(cut=names))

    def mend(self, *names: str) -> None:
        """Let all through again."""
        self._tell(Order(mend=names))

    @property
    def counts(self) -> dict[str, int]:
        """How many requests passed, and how often which fault happened."""
        return msgspec.convert(self._tell(Order())["counts"], type=dict[str, int])

    def _tell(self, order: Order) -> dict[str, Any]:
        sent, answered = self._child.stdin, self._child.stdout
        assert sent
        assert answered
        sent.write(msgspec.json.encode(order) + b"\n")
        sent.flush()
        line = answered.readline()
        assert line, "The process with the wires is gone."
        return dict(msgspec.json.decode(line))


@contextmanager
def wires(seed: str) -> Iterator[Wires]:
    """None yet; gone afterwards. seed: what each request meets is drawn by it."""
    command = [sys.executable, "-m", "storefront.testing.faults.wire", seed]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603
        try:
            yield Wires(child)
        finally:
            child.kill()


class _Wire:
    """One of them."""

    def __init__(self, room: "_Room", ports: Sequence[int]) -> None:
        self._room, self._ports, self._turn = room, ports, 0
        self._ends: set[asyncio.StreamWriter] = set()
        self.is_cut = False

    def cut(self) -> None:
        self.is_cut = True
        for end in list(self._ends):
            end.transport.abort()

    async def serve(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self._ends.add(back)
        passage = _Passage(self, back)
        with suppress(OSError, asyncio.IncompleteReadError):
            while not self.is_cut and (data := await near.read(CHUNK)):
                fault = ""
                if data.startswith(METHODS):  # else it is the rest of one that was let through
                    fault = self._room.fault()
                    passage.answer_is_lost = fault == "lost_response"
                if fault in ("late", "duplicate"):
                    data = await _whole(near, data)
                if not await self._passed(passage, data, fault):
                    break
        passage.close()
        self._ends.discard(back)
        back.close()

    async def _passed(self, passage: "_Passage", data: bytes, fault: str) -> bool:
        """Whether the connection lives on."""
        if fault in ("lost_request", "late"):
            if fault == "late":
                self._room.later(self.copied(data, after=self._room.dice.uniform(*LATE_SECONDS)))
            return False
        if fault == "silence":
            await asyncio.sleep(SILENT_SECONDS)
            return False
        if fault == "delay":
            await asyncio.sleep(self._room.dice.uniform(*DELAY_SECONDS))
        if fault == "duplicate":
            self._room.later(self.copied(data, after=0.0))
        return await passage.send(data)

    async def copied(self, data: bytes, *, after: float) -> None:
        """Send a request of which nobody hears the answer."""
        await asyncio.sleep(after)
        with suppress(OSError):
            reader, writer = await self.connected()
            writer.write(data)
            await asyncio.wait_for(reader.read(CHUNK), SILENT_SECONDS)
            writer.close()

    async def connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To the next server that listens."""
        for _ in self._ports[1:]:
            self._turn += 1
            with suppress(OSError):
                return await asyncio.open_connection(HOST, self._ports[self._turn % len(self._ports)])
        self._turn += 1
        return await asyncio.open_connection(HOST, self._ports[self._turn % len(self._ports)])


class _Passage:
    """A connection's other half, opened when there is something to send."""

    def __init__(self, wire: _Wire, back: asyncio.StreamWriter) -> None:
        self._wire, self._back = wire, back
        self._there: asyncio.StreamWriter | None = None
        self._returning: asyncio.Task[None] | None = None
        self.answer_is_lost = False

    async def send(self, data: bytes) -> bool:
        if self._there is None:
            try:
                reader, self._there = await self._wire.connected()
            except OSError:
                return False
            self._returning = asyncio.create_task(self._return(reader))
        self._there.write(data)
        await self._there.drain()
        return True

    async def _return(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while (data := await reader.read(CHUNK)) and not self.answer_is_lost:
                self._back.write(data)
        self._back.transport.abort() if self.answer_is_lost else self._back.close()

    def close(self) -> None:
        if self._there:
            self._there.close()


class _Room:
    """All wires of a process, and the dice."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)  # noqa: S311  # faults, no secret
        self._wires: dict[str, _Wire] = {}
        self._ports: dict[str, int] = {}
        self._rates: list[tuple[str, float]] = []
        self._counts: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    def fault(self) -> str:
        """What happens to this request; empty for nothing."""
        self._counts["requests"] += 1
        if not self._rates:
            return ""
        drawn = self.dice.random()
        for name, share in self._rates:
            drawn -= share
            if drawn < 0:
                self._counts[name] += 1
                return name
        return ""

    def later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def obey(self, order: Order) -> dict[str, Any]:
        for name, ports in order.lead.items():
            wire = _Wire(self, ports)
            server = await asyncio.start_server(wire.serve, HOST, 0)
            self._wires[name], self._ports[name] = wire, server.sockets[0].getsockname()[1]
        if order.rates is not None:
            self._rates = [(name, share) for name, share in order.rates.shares.items() if share]
        for name in order.cut:
            self._wires[name].cut()
        for name in order.mend:
            self._wires[name].is_cut = False
        return {"ports": self._ports, "counts": dict(self._counts)}


async def _whole(near: asyncio.StreamReader, data: bytes) -> bytes:
    """All of a request: many a client sends its body after its head.

    :raises OSError: the rest never comes
    """
    while not _is_whole(data):
        more = await near.read(CHUNK)
        if not more:
            raise ConnectionResetError("The request broke off.")
        data += more
    return data


def _is_whole(data: bytes) -> bool:
    """Whether all of a request came in one piece."""
    head, end, body = data.partition(b"\r\n\r\n")
    told = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return bool(end) and len(body) == int(told.partition(b":")[2])


async def _main(seed: str) -> None:
    room, lines = _Room(seed), asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        answer = await room.obey(msgspec.json.decode(line, type=Order))
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
