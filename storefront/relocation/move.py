"""The plain way: copy table by table, close the old place, compare, open the new one. Writers have stopped before."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from storefront import clock
from storefront.relocation.journal import Journal, Progress
from storefront.relocation.leases import void_leases
from storefront.relocation.store import CannotMove, Proof, Store, pages
from storefront.relocation.table import Table

PAGE = 5_000
Tell = Callable[[str], None]


class Move(NamedTuple):
    """What moves from where to where."""

    module: str
    tables: tuple[Table, ...]
    source: Store
    target: Store
    tell: Tell

    @property
    def reason(self) -> str:
        """Why the old place refuses writers, as they read it."""
        return f"{self.module} moves to {self.target.place}: this database is closed for writing."

    @property
    def is_sealed(self) -> bool:
        """Whether both places were equal, and the old one is closed for good; only opening the new one may lack."""
        return Journal(self.source)["moved to"] == self.target.place


def check(move: Move, *, was_there: bool, replace: bool) -> None:
    """Refuse what cannot end well.

    was_there: whether the target had tables of the module before this move made them.
    replace: the operator says that rows at the target may go.

    :raises CannotMove: says what is the case and what to do
    """
    module, source, target = move.module, move.source, move.target
    if source.place == target.place:
        raise CannotMove(f"{module} is at {source.place} already.")
    if source.migrations(module) != target.migrations(module):
        raise CannotMove(f"Both places have other migrations of {module}: run `manage.py migrate {module}` here first.")
    if unknown := source.tables() - {table.name for table in move.tables}:
        raise CannotMove(f"{source.place} has tables of no model, which would stay: {', '.join(sorted(unknown))}.")
    moved, comes_from = Journal(source)["moved to"], Journal(target)["comes from"]
    if moved and (moved, comes_from) != (target.place, source.place):  # else only the last words are missing
        raise CannotMove(
            f"{module} has left {source.place} for {moved}. To come back, run this where {module} is now; to write"
            " here again without what was written there since, `relocate --reopen`."
        )
    has_rows = was_there and any(target.count(table) for table in move.tables)
    if has_rows and not replace and not comes_from:
        raise CannotMove(f"{target.place} has rows of {module} already; `--replace` lets them go.")


def carry_out(move: Move, *, replace: bool) -> None:
    """Move, or go on with a move that was interrupted.

    :raises CannotMove: if both places differ at the end, or the target is in the hands of another move
    """
    journal = Journal(move.target)
    if not move.is_sealed:
        _begin(move, journal, replace=replace)
        for table in move.tables:
            _copy(move, table, journal)
        _seal(move, journal)
    open_target(move)
    journal.end()


def _begin(move: Move, journal: Journal, *, replace: bool) -> None:
    """Empty the target, unless this very move has begun to fill it."""
    begun = journal["comes from"]
    if begun == move.source.place:
        move.tell(f"Goes on with what was begun at {journal['begun at']}.")
        return
    if begun and not replace:
        raise CannotMove(f"{move.target.place} is being filled from {begun}; `--replace` begins anew.")
    with move.target.transaction():
        move.target.empty(move.tables)
        journal.end()
        journal.begin()
        journal["comes from"] = move.source.place
        journal["begun at"] = f"{clock.now():%Y-%m-%d %H:%M:%S} UTC"


def _copy(move: Move, table: Table, journal: Journal) -> None:
    """One table: page by page, or in one transaction if its rows cannot be there without each other."""
    progress = journal.progress(table.name)
    if progress.is_done:
        return
    total = move.source.count(table)
    if table.is_ordered:
        for rows in pages(move.source, table, after=progress.last, size=PAGE):
            with move.target.transaction():
                progress = _add(move, table, journal, progress, rows)
            move.tell(f"{table.name}: {progress.rows} of {total}")
    else:
        with move.target.transaction():
            for rows in pages(move.source, table, after=None, size=PAGE):
                progress = _add(move, table, journal, progress, rows)
        move.tell(f"{table.name}: {progress.rows} of {total}")
    journal.record(table.name, Progress(progress.last, progress.rows, is_done=True))


def _add(move: Move, table: Table, journal: Journal, before: Progress, rows: Sequence[Sequence[object]]) -> Progress:
    move.target.write(table, rows)
    last = rows[-1][[column.name for column in table.columns].index(table.key.name)]
    now = Progress(last if isinstance(last, (int, str)) else None, before.rows + len(rows))
    journal.record(table.name, now)
    return now


def _seal(move: Move, journal: Journal) -> None:
    """Close the old place for good, if the new one has the same."""
    here = Journal(move.source)
    here.begin()
    move.source.close_for_writing(move.tables, move.reason)
    try:
        there = move.target.prove(move.tables)
        different = differences(move, move.source.prove(move.tables), there)
        if different:
            journal["comes from"] = f"{move.source.place}, from which it differed at the end"
            raise CannotMove(
                f"The places differ in {', '.join(different)}: something wrote meanwhile. Stop the processes that run"
                f" {move.module}, or move with --live; then run this again, with --replace."
            )
        here["moved to"] = move.target.place
    except BaseException:
        move.source.reopen(move.tables)
        here.end()
        raise


def differences(move: Move, here: Mapping[str, Proof], there: Mapping[str, Proof]) -> list[str]:
    """Say what is in each table at both places; returns the names of those that differ."""
    for name, proof in here.items():
        other = there[name]
        verdict = "equal" if proof == other else f"DIFFERS: {other.rows} rows, checksum {other.checksum[:16]} there"
        move.tell(f"{name:<32} {proof.rows:>9} rows  checksum {proof.checksum[:16]}  {verdict}")
    return [name for name, proof in here.items() if proof != there[name]]


def open_target(move: Move) -> None:
    """Go on counting where the old place stopped, free what its processes held, and let everybody write.

    It may be said again: if the mover died before its last words, the target may be in use by then.
    """
    numbers = {table: move.source.counted_to(table) for table in move.tables if table.serial}
    with move.target.transaction():
        for table, number in numbers.items():
            move.target.count_from(table, number)
        void_leases(move.target, move.tables)
    move.target.reopen(move.tables)
