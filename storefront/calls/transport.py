"""How a call reaches its callee: `local` in the same process (`loopback` in tests), `http` in another."""

from contextvars import ContextVar
from functools import cache

import msgspec
from django.conf import settings

from storefront.calls.carrier import Answer, Carrier
from storefront.calls.execution import execute
from storefront.calls.http import Http
from storefront.calls.provider import PROVIDERS
from storefront.interface import REFUSALS, Operation, Refusal, Unavailable
from storefront.topology import process_here, topology
from storefront.topology.plan import Process

REPEATING: ContextVar[bool] = ContextVar("repeating", default=False)
"""Whether a test topology is sending a command for the second time; it costs what no shop pays."""


class Local:
    """The callee lives in this process and gets a validated copy of the request."""

    def carry(self, operation: Operation, body: bytes) -> Answer:
        provider = PROVIDERS.get(operation.module)
        if provider is None:
            raise Unavailable(f"Nobody in this process provides {operation.module}.")
        return Answer(*execute(provider.bodies[operation.name], body))


class Loopback:
    """As between processes: answers and refusals go through the codec, every command is sent twice."""

    def __init__(self) -> None:
        self._local = Local()

    def carry(self, operation: Operation, body: bytes) -> Answer:
        if operation.kind == "query":
            return self._once(operation, body)
        first = self._outcome(operation, body)
        token = REPEATING.set(True)
        try:
            again = self._outcome(operation, body)
        finally:
            REPEATING.reset(token)
        if isinstance(first, Refusal):
            assert type(again) is type(first), f"{operation.full_name} refused {first!r}, then {again!r}."
            raise first
        if not isinstance(again, Answer) or again.value != first.value or not again.replayed:
            raise AssertionError(f"{operation.full_name} answered {first!r}, then {again!r}.")
        return first

    def _outcome(self, operation: Operation, body: bytes) -> Answer | Refusal:
        try:
            return self._once(operation, body)
        except Refusal as refusal:
            return refusal

    def _once(self, operation: Operation, body: bytes) -> Answer:
        try:
            answer = self._local.carry(operation, body)
        except Refusal as refusal:
            facts = msgspec.json.decode(msgspec.json.encode(refusal.facts), type=type(refusal).Facts)
            carried = REFUSALS[refusal.code](**msgspec.structs.asdict(facts))
            carried.is_replayed = refusal.is_replayed
            raise carried from refusal
        value = operation.answer_decoder.decode(msgspec.json.encode(answer.value))
        return Answer(value, answer.replayed)


_CARRIERS: dict[str, Carrier] = {"local": Local(), "loopback": Loopback()}
STAND_INS: dict[str, Carrier] = {}
"""Module -> what stands in for it; tests of one module put others' fakes here."""


def carrier_of(module: str) -> Carrier:
    """The carrier that the topology chose for calls to `module`.

    Not by what is installed here: who provides it says the topology, also to a process that has all the code.
    """
    stand_in = STAND_INS.get(module)
    if stand_in:
        return stand_in
    provider = topology().provider_of(module)
    if provider is None or provider.name == process_here().name:
        return _CARRIERS[settings.STOREFRONT_CALLS]
    return _http_to(provider)


@cache
def _http_to(process: Process) -> Http:
    return Http(process)
