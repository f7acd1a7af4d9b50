"""Bodies of another shape than the document's, and bodies that are no JSON."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.hostile import values
from tests.hostile.attack import Attack, Attacks, spoilable
from tests.hostile.document import Json, Operation, resolved
from tests.hostile.sound import SOUND

Path = tuple[str | int, ...]


def shaped(operation: Operation) -> Attacks:
    """Every place of the body with every hostile value; every name left out, added, or given twice."""
    body = SOUND[operation.name].body
    if operation.body is None or isinstance(body, str):
        return
    request = spoilable(operation)
    for what, spoilt, is_never_sound in _spoilt(operation.body, body):
        wrong = is_never_sound or not operation.accepts(spoilt)
        yield Attack("bodies", operation, what, replace(request, body=values.encoded(spoilt)), must_refuse=wrong)


def _spoilt(schema: Json, body: Any) -> Iterator[tuple[str, Any, bool]]:
    for path, place in places(schema, body):
        for value in (*values.ALL, *_near(_at(body, path))):
            yield f"{_pointer(path)} is {_brief(value)}", put(body, path, value), values.is_never_sound(value)
        for name in place.get("required", ()):
            yield f"{_pointer(path)} lacks {name}", put(body, (*path, name), _GONE), False
        if place.get("type") == "object":
            yield from _with_names(body, path)
        if place.get("type") == "array" and _at(body, path):
            for count in (101, 501, 5_000):
                yield f"{_pointer(path)} has {count} items", put(body, path, [_at(body, path)[0]] * count), False


def _with_names(body: Any, path: Path) -> Iterator[tuple[str, Any, bool]]:
    for name in values.EXTRAS:
        yield f"{_pointer(path)} also has {name!r}", put(body, (*path, name), 1), False
    for name in _at(body, path) or {}:
        yield f"{_pointer(path)} has {name} twice", put(body, (*path, f"{name}@@again@@"), 1), True
    yield f"{_pointer(path)} has a NUL in a name", put(body, (*path, "nul\0"), "x"), True
    yield f"{_pointer(path)} has a huge number in a name of no use", put(body, (*path, "x"), values.RAW[3]), True
    yield f"{_pointer(path)} has 60 names", put(body, path, {f"name{count}": "x" for count in range(60)}), False


def places(schema: Json, body: Any, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Where something may stand in the body, and what the document says of it."""
    schema = resolved(schema)
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    schema = resolved(kinds[0]) if kinds else schema
    yield path, schema
    if isinstance(body, dict):
        for name in dict.fromkeys([*schema.get("properties", {}), *body]):
            inner = schema.get("properties", {}).get(name) or schema.get("additionalProperties") or {}
            yield from places(inner, body.get(name), (*path, name))
    if isinstance(body, list) and body:
        yield from places(schema["items"], body[0], (*path, 0))


def _near(value: Any) -> Iterator[Any]:
    """Almost what is right."""
    if isinstance(value, str) and value:
        yield from (f"{value}\n", f" {value}", f"{value}\0", value.swapcase(), [value], {"value": value})
    if isinstance(value, int):
        yield from (-value, value + 0.5, float(value), str(value), [value])


class _Gone:
    pass


_GONE = _Gone()


def _at(body: Any, path: Path) -> Any:
    found: Any = body
    for step in path:
        found = found[int(step)] if isinstance(found, list) else (found or {}).get(step)
    return found


def put(body: Any, path: Path, value: Any) -> Any:
    """A copy in which another value, or none, stands at the path."""
    if not path:
        return value
    found = copy.deepcopy(body)
    parent: Any = _at(found, path[:-1])
    if value is _GONE:
        parent.pop(path[-1], None)
    else:
        parent[path[-1]] = value
    return found


def _pointer(path: Path) -> str:
    return "/" + "/".join(map(str, path))


def _brief(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) < 60 else f"{shown[:40]}... of {len(shown)}"


