"""What is said of a value is the same, whichever database keeps it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections, models
from django.db.utils import ConnectionHandler

from storefront.relocation.column import UnknownKind, as_jsonb, column_of
from storefront.relocation.table import tables_of

NOON = datetime(2026, 2, 28, 12, 0, tzinfo=UTC)


class TestColumn:
    @pytest.mark.postgresql
    @pytest.mark.parametrize(
        ("field", "kind", "values"),
        [
            (models.FloatField(), "double precision", [0.1, -0.0, 1e300, 5e-324]),
            (models.DecimalField(), "numeric", [Decimal("1.10"), Decimal("0.00"), Decimal("-123456.5"), Decimal(100)]),
            (models.UUIDField(), "uuid", [UUID(int=1), UUID("12345678-1234-5678-1234-567812345678")]),
            (models.DateField(), "date", [NOON.date(), datetime(1, 1, 1, tzinfo=UTC).date()]),
            (models.BooleanField(), "boolean", [True, False]),
            (models.JSONField(), "jsonb", ['{"b": 1, "aa": [1.10, 1e2, -0.0, 1E-7], "a": "\\u00e9\\u001f"}', "null"]),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, models.Field) else None,
    )
    def test_is_said_alike_by_both_databases(self, db: None, field: Any, kind: str, values: list[Any]) -> None:
        column = column_of(_named(field))

        for value in values:
            asked = f"SELECT {column.kind.sql.format('it')} FROM (SELECT '{value}'::{kind}) AS row (it)"
            with connections["default"].cursor() as cursor:
                cursor.execute(asked)
                (said,) = cursor.fetchone()
            stored = column.kind.to_sqlite(value)
            assert column.kind.said(value) == column.kind.said(column.kind.from_sqlite(stored)) == said

    def test_is_written_into_sqlite_as_django_does(self) -> None:
        sqlite: Any = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
        for instant in (NOON, NOON + timedelta(microseconds=1)):
            column = column_of(_named(models.DateTimeField()))
            assert column.kind.to_sqlite(instant) == sqlite["default"].ops.adapt_datetimefield_value(instant)

    def test_keeps_the_last_of_equal_keys_of_json(self) -> None:
        assert as_jsonb('{"a": 1, "a": 2}') == '{"a": 2}'

    def test_is_refused_if_nobody_knows_how_to_move_it(self) -> None:
        with pytest.raises(UnknownKind, match="nobody has said yet how a DurationField moves"):
            column_of(_named(models.DurationField()))


def _named(field: Any) -> Any:
    field.set_attributes_from_name("it")
    return field


class TestTables:
    @pytest.mark.parametrize("module", settings.STOREFRONT_MODULES)
    def test_of_every_module_can_move_and_refer_to_earlier_ones(self, module: str) -> None:
        tables = tables_of(module)

        names = [table.name for table in tables]
        assert {f"{module}_{name}" for name in ("callkey", "outbox", "delivery", "inbox", "timer")} <= set(names)
        for at, table in enumerate(tables):
            assert table.refers <= set(names[: at + 1])
