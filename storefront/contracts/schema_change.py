"""How two schemas of the same thing differ, as far as somebody would notice.

`Taken` is what callers send and the callee takes: it may become wider, not narrower. `Given` is what is answered or
announced: wider would surprise the readers of the earlier release, narrower would not read what it wrote.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from storefront.contracts.schema import Schema
from storefront.contracts.snapshot import Contract

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_EXACT = ("pattern", "multipleOf")


class _Position(NamedTuple):
    """Two contracts whose definitions the schemas refer to."""

    old: Contract
    new: Contract


class Taken(_Position):
    """The schemas of a request."""

    is_given = False


class Given(_Position):
    """The schemas of an answer, a refusal's facts, an event, or a saga's state."""

    is_given = True


Position = Taken | Given
Seen = frozenset[tuple[str, str]]


def differences(
    path: str, old: Schema, new: Schema, position: Position, *, seen: Seen = frozenset()
) -> Iterator[str]:
    """Every difference that breaks somebody, one sentence each."""
    pair = (old.get("$ref", ""), new.get("$ref", ""))
    if all(pair) and pair in seen:
        return  # a value that contains itself
    before, after = _kinds(old, position.old), _kinds(new, position.new)
    for kind in before.keys() - after.keys():
        yield f"{path}: was {kind}, and is {_listed(after)}."
    if position.is_given:
        for kind in after.keys() - before.keys():
            yield f"{path}: may be {kind}, and was {_listed(before)}."
    for kind in before:
        if kind in after:
            yield from _within(path, kind, before[kind], after[kind], position, seen | {pair})


def _listed(kinds: dict[str, Schema]) -> str:
    return " or ".join(sorted(kinds))


def _kinds(schema: Schema, contract: Contract) -> dict[str, Schema]:
    """The kinds of value that a schema allows: whole number, text, date-time, null and so on."""
    found: dict[str, Schema] = {}
    for member in schema.get("anyOf", (schema,)):
        while "$ref" in member:
            member = contract["$defs"][member["$ref"].rpartition("/")[2]]
        found[_kind(member)] = member
    return found


def _kind(schema: Schema) -> str:
    if "enum" in schema:
        return "integer" if all(type(value) is int for value in schema["enum"]) else "text"
    if schema["type"] == "array" and "prefixItems" in schema:
        return "a fixed list"
    named = {"string": "text", "array": "a list", "object": "a value"}
    return str(schema.get("format") or schema.get("contentEncoding") or named.get(schema["type"], schema["type"]))


def _within(path: str, kind: str, old: Schema, new: Schema, position: Position, seen: Seen) -> Iterator[str]:
    if kind == "a value":
        yield from _fields(path, old, new, position, seen)
    elif kind == "a fixed list":
        yield from _fixed(path, old, new, position, seen)
    else:
        yield from _choices(path, old.get("enum"), new.get("enum"), position)
        yield from _limits(path, old, new, position)
    if kind == "a list":
        yield from differences(f"{path}[]", old["items"], new["items"], position, seen=seen)


def _fixed(path: str, old: Schema, new: Schema, position: Position, seen: Seen) -> Iterator[str]:
    before, after = old["prefixItems"], new["prefixItems"]
    if len(before) != len(after):
        yield f"{path}: had {len(before)} items, and has {len(after)}."
    for number, pair in enumerate(zip(before, after, strict=False)):
        yield from differences(f"{path}[{number}]", *pair, position, seen=seen)


def _choices(path: str, old: list[Any] | None, new: list[Any] | None, position: Position) -> Iterator[str]:
    if old is None and new is None:
        return
    if old is None:
        yield f"{path}: was free, and may only be {', '.join(map(str, new or ()))}."
    elif new is None:
        if position.is_given:
            yield f"{path}: was one of {', '.join(map(str, old))}, and may be anything."
    else:
        yield from (f"{path}: {value!r} is gone." for value in old if value not in new)
        if position.is_given:
            yield from (f"{path}: may be {value!r}, which nobody knows yet." for value in new if value not in old)


def _limits(path: str, old: Schema, new: Schema, position: Position) -> Iterator[str]:
    for limits, sign in ((_LEAST, 1), (_MOST, -1)):
        for limit in limits:
            before, after = old.get(limit), new.get(limit)
            narrower = after is not None and (before is None or sign * after > sign * before)
            wider = before is not None and (after is None or sign * after < sign * before)
            if narrower or (wider and position.is_given):
                yield f"{path}: {limit} was {_said(before)}, and is {_said(after)}."
    for limit in _EXACT:
        before, after = old.get(limit), new.get(limit)
        if before != after and (after is not None or position.is_given):
            yield f"{path}: {limit} was {_said(before)}, and is {_said(after)}."


def _said(limit: Any) -> str:
    return "none" if limit is None else str(limit)


def _fields(path: str, old: Schema, new: Schema, position: Position, seen: Seen) -> Iterator[str]:
    before, after = old["properties"], new["properties"]
    must, must_now = set(old.get("required", ())), set(new.get("required", ()))
    dot = f"{path}."
    yield from (f"{dot}{name}: the field is gone." for name in before if name not in after)
    for name in after:
        if name not in before:
            yield from _added(f"{dot}{name}", is_required=name in must_now, position=position)
        elif name in must_now - must:
            yield f"{dot}{name}: was optional, and is required."
        elif name in must - must_now and position.is_given and "default" not in after[name]:
            yield f"{dot}{name}: was always there, and may be left out."
    for name in (name for name in before if name in after):
        yield from differences(f"{dot}{name}", before[name], after[name], position, seen=seen)
    yield from _manners(path, old, new, position)


def _added(path: str, *, is_required: bool, position: Position) -> Iterator[str]:
    if is_required and position.is_given:
        yield f"{path}: is new and has no default, so what was written before cannot be read."
    elif is_required:
        yield f"{path}: is new and required."


def _manners(path: str, old: Schema, new: Schema, position: Position) -> Iterator[str]:
    """What is agreed about all fields together."""
    common = [name for name in new["properties"] if name in old["properties"]]
    if position.is_given:
        if new.get("additionalProperties") is False:
            yield f"{path}: refuses unknown fields; what is answered and announced is read tolerantly."
        return
    if common != [name for name in old["properties"] if name in new["properties"]]:
        yield f"{path}: its fields stand in another order, so a key would not know a repeated command again."
    for name in common:
        before, after = old["properties"][name].get("default"), new["properties"][name].get("default")
        if before != after and "default" in old["properties"][name] and "default" in new["properties"][name]:
            yield f"{path}.{name}: left out, it meant {before!r}, and means {after!r}."
