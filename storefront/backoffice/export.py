"""Rows of an audit log as CSV that a spreadsheet opens without running anything in it."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

COLUMNS = (
    "id", "at", "operator", "operator_name", "action", "command", "outcome", "detail", "object_type", "object_id",
    "object_name", "changes", "request_id", "seal",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cells(row: Any) -> list[str]:
    """What a row says, in the order of `COLUMNS`; what a spreadsheet would take for a formula has a quote before."""
    said = (row.at.isoformat() if name == "at" else str(getattr(row, name)) for name in COLUMNS)
    return [f"'{text}" if text.startswith(_FORMULA) else text for text in said]


def as_csv(rows: Iterable[Any], *, name: str) -> StreamingHttpResponse:
    """A file to download, sent as it is read."""
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(rows: Iterable[Any]) -> Iterator[str]:
    out = csv.writer(_Echo())
    yield out.writerow(COLUMNS)
    for row in rows:
        yield out.writerow(safe_cells(row))


class _Echo:
    def write(self, line: str) -> str:
        return line
