"""Query parameters of a declared shape."""

from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.http import HttpRequest
from rest_framework.request import Request

from storefront.rest.fault import Defect, Fault
from storefront.rest.storable import is_storable
from storefront.rest.validation import defect_of

T = TypeVar("T", bound=msgspec.Struct)


def read_query(shape: type[T], request: Request | HttpRequest) -> T:
    """The query string as a `shape`: numbers and booleans are read from text, a repeated name makes a tuple.

    :raises Fault: 422 for an unknown name, a name given twice, or another type
    """
    if not request.META.get("QUERY_STRING"):
        return _converted(shape, {})
    fields = _fields(shape)
    values: dict[str, Any] = {}
    for name, given in request.GET.lists():
        if name not in fields:
            raise invalid_query(name, "unknown_parameter", "There is no such parameter.")
        if not fields[name].is_repeatable and len(given) > 1:
            raise invalid_query(name, "repeated", "Give this parameter once.")
        values[name] = given if fields[name].is_repeatable else given[0]
    found = _converted(shape, values)
    for name in values:
        _check(name, getattr(found, fields[name].attribute))
    return found


def _check(name: str, value: Any) -> None:
    if value is None:
        raise invalid_query(name, "wrong_type", "No text means null; leave the parameter out.")
    if not is_storable(value):
        raise invalid_query(name, "out_of_range", "No NUL, no number over 64 bits, no time without an instant in UTC.")


def _converted(shape: type[T], values: dict[str, Any]) -> T:
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        defect = defect_of(str(error))
        raise invalid_query(defect.pointer.strip("/").partition("/")[0], defect.code, defect.detail) from error


def invalid_query(name: str, code: str, detail: str) -> Fault:
    """A problem with one parameter."""
    defect = Defect(f"?{name}", code, detail)
    return Fault("invalid_query", f"{defect.pointer}: {detail}", status=422, errors=(defect,))


class _Parameter(NamedTuple):
    attribute: str
    is_repeatable: bool


@cache
def _fields(shape: type[msgspec.Struct]) -> dict[str, _Parameter]:
    return {
        field.encode_name: _Parameter(field.name, _is_sequence(msgspec.inspect.type_info(field.type)))
        for field in msgspec.structs.fields(shape)
    }


def _is_sequence(info: Any) -> bool:
    if isinstance(info, msgspec.inspect.UnionType):
        return any(_is_sequence(part) for part in info.types)
    if isinstance(info, msgspec.inspect.Metadata):
        return _is_sequence(info.type)
    return isinstance(info, (msgspec.inspect.VarTupleType, msgspec.inspect.ListType, msgspec.inspect.SetType))
