"""The file as rows with their line numbers, and rows as groups of one handle. Holds one group at a time."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

from modules.catalog.importing.cells import without_mark
from modules.catalog.importing.problem import FileRejected, Problem

REQUIRED = ("handle", "title", "variant price")
DELIMITERS = ",;\t"
MOST_COLUMNS = 1_000
MOST_ROWS = 1_000
"""Of one product: more is a mistake, and is not kept in memory."""


@dataclass(frozen=True)
class Row:
    """The cells of a line by lower-case column name; a column that the file lacks is empty."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass
class Group:
    """The rows of one product, as they stand together, and what was wrong with reading them."""

    handle: str
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.rows[0].line if self.rows else self.problems[0].line

    def add(self, row: Row) -> None:
        """Keep the row, unless there are far too many."""
        if len(self.rows) < MOST_ROWS:
            self.rows.append(row)
        elif not any(problem.code == "too_many_rows" for problem in self.problems):
            detail = f"{self.handle} has over {MOST_ROWS} rows; split it into several products."
            self.problems.append(Problem(row.line, self.handle, "too_many_rows", detail))


def read_groups(file: TextIO) -> Iterator[Group]:
    """The products of a file, opened as `utf-8-sig` with `surrogateescape`, without newline translation.

    Rows without a handle make groups without one, which say what is wrong.

    :raises FileRejected: no header, a required column is missing, or a column occurs twice
    """
    group: Group | None = None
    for found in _rows(file):
        handle = found.handle if isinstance(found, Problem) else found["handle"]
        if isinstance(found, Problem) and not handle and group:
            handle = group.handle  # an unreadable line may belong to the product above: better out than in halves
        if group is None or handle != group.handle:
            if group:
                yield group
            group = Group(handle)
        if isinstance(found, Problem):
            group.problems.append(found)
        else:
            group.add(found)
    if group:
        yield group


def _rows(file: TextIO) -> Iterator[Row | Problem]:
    first = file.readline()
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(_again(first, file), delimiter=delimiter)
    columns = _columns(reader)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Problem(line, "", "row_unreadable", f"The line cannot be read as CSV: {error}.")
            continue
        if any(cell.strip() for cell in cells):
            yield _checked(Row(line, dict(zip(columns, map(_text, cells), strict=False))), cells, columns)


def _again(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _columns(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise FileRejected("header_unreadable", f"The first line cannot be read as CSV: {error}.") from error
    if len(header) > MOST_COLUMNS:
        raise FileRejected("too_many_columns", f"The first line has {len(header)} columns; at most {MOST_COLUMNS}.")
    columns = [name.strip().casefold() for name in header]
    for name in REQUIRED:
        if name not in columns:
            raise FileRejected("column_missing", f"The file has no column {name.title()!r}; is it a product file?")
    for name in columns:
        if name and columns.count(name) > 1:
            raise FileRejected("column_repeated", f"The column {name.title()!r} occurs twice; leave one.")
    return columns


def _checked(row: Row, cells: list[str], columns: list[str]) -> Row | Problem:
    text = "".join(cells)
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns):]):
        detail = f"The row has {len(cells)} cells, the header {len(columns)}; is a quotation mark missing?"
        return Problem(row.line, _clean(row["handle"]), "row_too_long", detail)
    if "\0" in text or not _is_utf8(text):
        detail = "The row has characters that are not UTF-8; save the file as UTF-8."
        return Problem(row.line, _clean(row["handle"]), "encoding", detail)
    if not row["handle"]:
        return Problem(row.line, "", "handle_missing", "The row has no handle, so it belongs to no product.")
    return row


def _text(cell: str) -> str:
    return without_mark(cell.strip())


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _clean(text: str) -> str:
    return text.encode(errors="replace").decode().replace("\0", "?")
