"""A column's values: read, written, and said in one way, whichever database keeps them."""

import json
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models.fields import Field

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnknownKind(TypeError):
    """A field whose values this package does not know how to carry."""


class Kind(NamedTuple):
    """One sort of value. What is said of it is equal on both databases if the value is."""

    said: Callable[[Any], str]
    """What a value is, from Python."""
    sql: str
    """The same, said by PostgreSQL of the column `{}`."""
    from_sqlite: Callable[[Any], Any] = lambda value: value
    to_sqlite: Callable[[Any], Any] = lambda value: value
    read: str = "{}"
    """How PostgreSQL is asked for it."""


class Column(NamedTuple):
    """A column and the sort of its values."""

    name: str
    kind: Kind


def column_of(field: "Field[Any, Any]") -> Column:
    """The column of a field.

    :raises UnknownKind: for a sort of field that no module has had so far
    """
    target: Any = field
    while target.remote_field is not None:
        target = target.target_field
    name = target.get_internal_type()
    kind = KINDS.get(name)
    if kind is None:
        raise UnknownKind(f"{field}: nobody has said yet how a {name} moves; add it to KINDS of {__name__}.")
    return Column(str(field.column), kind)


def _microseconds(instant: datetime) -> str:
    return str((instant - EPOCH) // timedelta(microseconds=1))


def _naive(instant: datetime) -> str:
    """As Django writes it into SQLite, where text is compared with text."""
    return str(instant.astimezone(UTC).replace(tzinfo=None))


def _aware(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _plain(number: Decimal) -> str:
    return format(abs(number) if number.is_zero() else number, "f")


def _shortest(number: Decimal) -> str:
    text = _plain(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_jsonb(text: str) -> str:
    """JSON as PostgreSQL's `jsonb` says it: keys by length, then by bytes, the last of equal ones; no exponents."""
    return _dumped(json.loads(text, parse_float=Decimal))


def _dumped(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return "{" + ", ".join(f"{_dumped(name)}: {_dumped(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_dumped, value)) + "]"
    return _plain(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


WHOLE = Kind(said=lambda number: str(int(number)), sql="{}::text")
TEXT = Kind(said=str, sql="{}::text")
KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        (
            "AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField",
            "PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField",
        ),
        WHOLE,
    ),
    **dict.fromkeys(("CharField", "TextField", "SlugField", "FileField"), TEXT),
    "BooleanField": Kind(
        said=lambda value: str(int(value)), sql="{}::int::text", from_sqlite=bool, to_sqlite=int,
    ),
    "DateTimeField": Kind(
        said=_microseconds, sql="(extract(epoch FROM {}) * 1000000)::bigint::text",
        from_sqlite=_aware, to_sqlite=_naive,
    ),
    "DateField": Kind(
        said=date.isoformat, sql="to_char({}, 'YYYY-MM-DD')", from_sqlite=date.fromisoformat, to_sqlite=date.isoformat,
    ),
    "DecimalField": Kind(
        said=_shortest, sql="trim_scale({})::text",
        from_sqlite=lambda number: Decimal(str(number)), to_sqlite=lambda number: format(number, "f"),
    ),
    "FloatField": Kind(
        said=lambda number: struct.pack(">d", number).hex(), sql="encode(float8send({}), 'hex')", from_sqlite=float,
    ),
    "BinaryField": Kind(said=lambda value: bytes(value).hex(), sql="encode({}, 'hex')", from_sqlite=bytes),
    "JSONField": Kind(said=as_jsonb, sql="{}::text", read="{}::text"),
    "UUIDField": Kind(
        said=lambda value: value.hex, sql="replace({}::text, '-', '')",
        from_sqlite=lambda text: UUID(hex=text), to_sqlite=lambda value: value.hex,
    ),
}
"""By the sort of Django field."""
