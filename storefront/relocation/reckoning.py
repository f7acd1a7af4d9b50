"""What is in a module's tables, reckoned ahead: in the pause only rows that changed since then are read again.

A transaction from before stays open. Whatever was written since stands in the tables with a younger transaction
number, and what it replaced can still be seen from that transaction, marked as ended. So: the sums of then, less the
rows that changed, as they were, plus the same rows as they are. A row that only looks changed is in both: no harm.
"""

from collections.abc import Sequence
from typing import NamedTuple

from storefront.relocation.postgresql import PostgresqlStore, Sums
from storefront.relocation.store import Proof, checksum
from storefront.relocation.table import Table

_OLD = "xmax <> '0'::xid OR age(xmin) <= age(%s::xid)"
_NEW = "{key}::text = ANY(%s) OR age(xmin) <= age(%s::xid)"


class _Known(NamedTuple):
    table: Table
    sums: Sums


class Reckoning:
    """The sums of one place at one moment, and what became of them."""

    def __init__(self, store: PostgresqlStore, tables: Sequence[Table]) -> None:
        self._now, self._then = store, store.another()
        self._then.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        number = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint & x'ffffffff'::bigint)::text"
        self._since = str(self._then.execute(f"SELECT {number}")[0][0])
        self._known = [_Known(table, self._then.sums(table)) for table in tables]

    def proofs(self) -> dict[str, Proof]:
        """What is in the tables now."""
        return {table.name: self._proof(table, sums) for table, sums in self._known}

    def _proof(self, table: Table, before: Sums) -> Proof:
        old = self._then.sums(table, _OLD, self._since)
        new = self._now.sums(table, _NEW, old.keys, self._since)
        return Proof(
            before.rows - old.rows + new.rows,
            checksum(before.high - old.high + new.high, before.low - old.low + new.low),
        )

    def close(self) -> None:
        """Let the transaction go."""
        self._then.close()
