"""Golden messages: examples of everything that crosses a border, made from its types, the same on every run.

Each choice that a type leaves is taken at least once, and each optional field is both there and not there. What is
kept is what the platform's codec really writes.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import inspect as types

from storefront.calls.request import written
from storefront.contracts.schema import Unspeakable
from storefront.contracts.snapshot import refusals_of
from storefront.events.event import Event
from storefront.interface import Interface, Operation


class Message(NamedTuple):
    """One golden message; `of` names the call by its full name, the refusal by its code, the event by its type."""

    kind: Literal["request", "answer", "refusal", "event"]
    of: str
    version: int  # of an event
    body: Any


TELLING = {
    "country": "DE", "currency": "EUR", "email": "ada@example.org", "handle": "red-mug", "postal_code": "10178",
    "sku": "RED-MUG", "slug": "red-mug", "title": "Red mug",
}
"""Field -> text that reads well in its place; any other field's text is its own name."""

_PLAIN: dict[type[types.Type], Any] = {
    types.NoneType: None,
    types.DateType: "2026-01-31",
    types.DateTimeType: "2026-01-31T12:30:15.250000Z",
    types.BytesType: base64.b64encode(b"%PDF").decode(),
}
_NOTHING = types.NoneType()


def messages(face: type[Interface] | None, events: Iterable[type[Event]]) -> list[Message]:
    """Every call's requests and answers, every refusal's facts, every event's payloads.

    :raises Unspeakable: if no example of a type is to be found
    """
    operations = face.operations.values() if face else ()
    return [
        *(message for operation in operations for message in _of_call(operation)),
        *(Message("refusal", code, 0, facts)
          for code, each in sorted(refusals_of(face).items()) for facts in _rewritten(each.Facts)),
        *(Message("event", each.event_type, each.event_version, payload) for each in events
          for payload in _rewritten(each)),
    ]


def _of_call(operation: Operation) -> Iterator[Message]:
    for request in _once(_request(operation, each) for each in examples(operation.request_type)):
        yield Message("request", operation.full_name, 0, request)
    for answer in _rewritten(operation.answer_type):
        yield Message("answer", operation.full_name, 0, answer)


def _request(operation: Operation, example: Any) -> Any:
    request = msgspec.convert(example, operation.request_type)
    return msgspec.json.decode(written(operation, {name: getattr(request, name) for name in operation.names}))


def _rewritten(named: Any) -> list[Any]:
    read = (msgspec.convert(example, named) for example in examples(named))
    return _once(msgspec.json.decode(msgspec.json.encode(each)) for each in read)


def _once(found: Iterable[Any]) -> list[Any]:
    kept: list[Any] = []
    kept.extend(each for each in found if each not in kept)
    return kept


def examples(named: Any) -> list[Any]:
    """Messages of a type, as plain data: one with nothing that may be left out, and as many as its choices need."""
    info = types.type_info(named)
    return [_bare(info, ""), *(_full(info, "", turn) for turn in range(_turns(info)))]


def _turns(info: types.Type) -> int:
    """How many examples it takes until each alternative was there once."""
    match info:
        case types.StructType():
            return max([1, *(_turns(field.type) for field in info.fields)])
        case types.UnionType():
            return len(info.types) * max(map(_turns, info.types))
        case types.LiteralType():
            return len(info.values)
        case types.BoolType():
            return 2
        case types.VarTupleType():
            return _turns(info.item_type)
        case types.TupleType():
            return max([1, *map(_turns, info.item_types)])
        case types.Metadata():
            return _turns(info.type)
    return 1


def _full(info: types.Type, name: str, turn: int) -> Any:
    match info:
        case types.StructType():
            return {field.encode_name: _full(field.type, field.name, turn) for field in info.fields}
        case types.UnionType():
            count = len(info.types)
            return _full(info.types[turn % count], name, turn // count)
        case types.VarTupleType():
            return [_full(info.item_type, name, turn)] * max(1, info.min_length or 0)
        case types.TupleType():
            return [_full(item, name, turn) for item in info.item_types]
        case types.Metadata():
            return _full(info.type, name, turn)
    return _plain(info, name, turn)


def _bare(info: types.Type, name: str) -> Any:
    match info:
        case types.StructType():
            return {field.encode_name: _bare(field.type, field.name) for field in info.fields if field.required}
        case types.UnionType():
            return None if _NOTHING in info.types else _bare(info.types[0], name)
        case types.VarTupleType():
            return [_bare(info.item_type, name)] * (info.min_length or 0)
        case types.TupleType():
            return [_bare(item, name) for item in info.item_types]
        case types.Metadata():
            return _bare(info.type, name)
    return _plain(info, name, 0)


def _plain(info: types.Type, name: str, turn: int) -> Any:
    match info:
        case types.LiteralType():
            return sorted(info.values, key=str)[turn % len(info.values)]
        case types.BoolType():
            return turn % 2 == 0
        case types.IntType():
            return _number(info)
        case types.StrType():
            return _text(info, name)
    if type(info) not in _PLAIN:
        raise Unspeakable(f"{name}: no example of {type(info).__name__} is known.")
    return _PLAIN[type(info)]


def _number(info: types.IntType) -> int:
    lowest = info.ge if info.ge is not None else (info.gt if info.gt is not None else -1) + 1
    return max(3, lowest) if info.le is None or info.le >= max(3, lowest) else lowest


def _text(info: types.StrType, name: str) -> str:
    least = info.min_length or 0
    for candidate in (TELLING.get(name, name), "EUR", "a", "1", "A", name + "a" * least):
        fits = least <= len(candidate) <= (info.max_length or len(candidate))
        if fits and re.search(info.pattern or "", candidate):
            return candidate
    raise Unspeakable(f"{name}: no example matches {info.pattern!r}; add one to TELLING.")
