"""A request as it is written: what equals its default is left out, at every depth.

So a caller that knows more arguments than its callee, being of a later release, is understood as long as it uses none
of them; and a command that is sent again after an upgrade has the same bytes, by which its key knows it. What a callee
does not know it refuses, at every depth: doing less than was asked in silence would be worse.
"""

from functools import cache
from typing import Any

import msgspec

from storefront.interface import Operation

_encode = msgspec.json.Encoder().encode


def written(operation: Operation, arguments: dict[str, Any]) -> bytes:
    """The request on the wire.

    :raises TypeError: for an unknown or missing argument
    """
    return _encode(_lean(operation.request_type(**arguments)))


def _lean(value: Any) -> Any:
    if isinstance(value, msgspec.Struct) and _may_shrink(type(value)):
        return {
            written_name: _lean(given)
            for name, written_name, default in _fields(type(value))
            if (given := getattr(value, name)) is not msgspec.UNSET and given != default
        }
    return tuple(map(_lean, value)) if type(value) is tuple else value


@cache
def _fields(struct: type[msgspec.Struct]) -> tuple[tuple[str, str, Any], ...]:
    return tuple((field.name, field.encode_name, field.default) for field in msgspec.structs.fields(struct))


@cache
def _may_shrink(struct: type[msgspec.Struct]) -> bool:
    """Whether there is anything to leave out, in a value of this type or in those that it holds."""
    return _has_defaults(msgspec.inspect.type_info(struct), frozenset())


def _has_defaults(info: Any, seen: frozenset[Any]) -> bool:
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls in seen:
            return False
        own = any(not field.required for field in info.fields)
        return own or any(_has_defaults(field.type, seen | {info.cls}) for field in info.fields)
    parts = [getattr(info, "item_type", None), *getattr(info, "item_types", ()), *getattr(info, "types", ())]
    return any(_has_defaults(part, seen) for part in parts if part is not None)


def unknown_field(operation: Operation, body: bytes) -> str:
    """The path of the first field in a request that the callee does not know, such as `address.door`; "" if none.

    The decoder refuses unknown arguments by itself, not unknown fields of the values in them, because the same values
    are read tolerantly in answers and events. Worth asking only where the caller's face is not the callee's.
    """
    return _unknown(msgspec.json.decode(body), _shape(operation.request_type))


@cache
def _shape(struct: type[msgspec.Struct]) -> Any:
    return msgspec.inspect.type_info(struct)


def _unknown(found: Any, info: Any) -> str:
    parts: list[tuple[str, Any, Any]]
    match info:
        case msgspec.inspect.StructType() if isinstance(found, dict):
            known = {field.encode_name: field.type for field in info.fields}
            parts = [(name, value, known.get(name)) for name, value in found.items()]
        case msgspec.inspect.VarTupleType() if isinstance(found, list):
            parts = [(str(number), value, info.item_type) for number, value in enumerate(found)]
        case msgspec.inspect.TupleType() if isinstance(found, list):
            parts = [(str(number), *pair) for number, pair in enumerate(zip(found, info.item_types, strict=False))]
        case msgspec.inspect.UnionType():
            return next((path for member in info.types if (path := _unknown(found, member))), "")
        case _:
            return ""
    for name, value, expected in parts:
        if expected is None:
            return name
        if below := _unknown(value, expected):
            return f"{name}.{below}"
    return ""
