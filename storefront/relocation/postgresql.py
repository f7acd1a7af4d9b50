"""A module's rows in its schema of a PostgreSQL database."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from storefront.relocation.store import JOURNAL, CannotMove, Proof, Row, checksum
from storefront.relocation.table import Table

CLOSED = "storefront_closed"
CLOSING = "storefront_closing"
MOVER = "storefront.relocating"
"""A setting of the mover's own session: nothing is closed to it."""
LOCK_SECONDS = 2
LOCK_ATTEMPTS = 5

_REFUSING = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $refusing$
BEGIN
    IF coalesce(current_setting('storefront.relocating', true), '') <> 'yes'
        AND clock_timestamp() < {until}::timestamptz
    THEN
        RAISE EXCEPTION USING ERRCODE = 'cannot_connect_now', MESSAGE = {why};
    END IF;
    RETURN NULL;
END $refusing$
"""
"""`cannot_connect_now` is an operational error for every driver: not executed, try again, perhaps elsewhere."""


class Sums(NamedTuple):
    """Over some rows of a table."""

    rows: int
    high: int
    low: int
    keys: list[str]

    def proof(self) -> Proof:
        """As it is said of a whole table."""
        return Proof(self.rows, checksum(self.high, self.low))


class PostgresqlStore:
    """Reads, writes, compares, and refuses writers; see `Store`."""

    vendor = "postgresql"

    def __init__(self, parameters: dict[str, Any], schema: str) -> None:
        self._parameters = parameters
        chosen = {name: value for name, value in parameters.items() if name not in ("options", "application_name")}
        self.schema = schema
        self.conninfo = make_conninfo(**chosen)
        self.connection = psycopg.connect(
            self.conninfo, autocommit=True, application_name="storefront-relocate",
            client_encoding="utf8",
            options=f"-c search_path={schema},public -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
            f" -c timezone=UTC -c datestyle=ISO -c {MOVER}=yes",
        )
        info = self.connection.info
        self.database = info.dbname
        self.place = f"{info.host}:{info.port}/{info.dbname} schema {schema}"

    def another(self) -> "PostgresqlStore":
        """The same place, over a connection of its own."""
        return PostgresqlStore(self._parameters, self.schema)

    def transaction(self) -> AbstractContextManager[Any]:
        return self.connection.transaction()

    def tables(self) -> set[str]:
        rows = self.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", self.schema)
        return {row[0] for row in rows} - {"django_migrations", JOURNAL}

    def migrations(self, module: str) -> set[str]:
        if not self.execute("SELECT to_regclass(%s) IS NOT NULL", f"{self.schema}.django_migrations")[0][0]:
            return set()
        return {row[0] for row in self.execute("SELECT name FROM django_migrations WHERE app = %s", module)}

    def read(self, table: Table, *, after: Any, limit: int) -> list[Row]:
        columns = sql.SQL(", ").join(
            sql.SQL(column.kind.read).format(sql.Identifier(column.name)) for column in table.columns
        )
        key = sql.Identifier(table.key.name)
        behind = sql.SQL("") if after is None else sql.SQL("WHERE {} > {}").format(key, sql.Literal(after))
        query = sql.SQL("SELECT {} FROM {} {} ORDER BY {} LIMIT {}").format(
            columns, self._named(table.name), behind, key, sql.Literal(limit)
        )
        return list(self.connection.execute(query).fetchall())

    def write(self, table: Table, rows: Sequence[Row]) -> None:
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(self._named(table.name), columns)
        try:
            with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.DataError as error:
            raise CannotMove(f"{table.name}: a row cannot be written to {self.place}: {error}") from error

    def count(self, table: Table) -> int:
        return int(self.execute(sql.SQL("SELECT count(*) FROM {}").format(self._named(table.name)))[0][0])

    def prove(self, tables: Sequence[Table]) -> dict[str, Proof]:
        with self.transaction():
            self.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return {table.name: self.sums(table).proof() for table in tables}

    def sums(self, table: Table, where: str = "true", *values: Any) -> "Sums":
        """Over rows for which this SQL holds; `{key}` stands for their key. Then their keys are told, too."""
        said = []
        for column in table.columns:
            text = sql.SQL(column.kind.sql).format(sql.Identifier(column.name))
            said.append(sql.SQL("coalesce(octet_length({0}) || ':' || {0}, '-')").format(text))
        halves = [
            sql.SQL("coalesce(sum(('x' || substr(hash, {}, 15))::bit(60)::bigint), 0)").format(sql.Literal(first))
            for first in (1, 16)
        ]
        key = sql.Identifier(table.key.name)
        query = sql.SQL(
            "SELECT count(*), {}, {}, {} FROM (SELECT md5({}) AS hash, {}::text AS key FROM {} WHERE {}) AS row_of"
        ).format(
            *halves, sql.SQL("coalesce(array_agg(key), '{}')" if values else "NULL"), sql.SQL(" || ").join(said), key,
            self._named(table.name), sql.SQL(where).format(key=key),
        )
        rows, high, low, keys = self.execute(query, *values)[0]
        return Sums(rows, int(high), int(low), keys or [])

    def empty(self, tables: Sequence[Table]) -> None:
        """By TRUNCATE, which the triggers that guard ledgers let pass in a session that relocates."""
        names = sql.SQL(", ").join(self._named(table.name) for table in tables)
        self.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))

    def counted_to(self, table: Table) -> int:
        last, is_called = self.execute(sql.SQL("SELECT last_value, is_called FROM {}").format(self._sequence(table)))[0]
        return int(last) if is_called else 0

    def count_from(self, table: Table, number: int) -> None:
        name, number = self._sequence(table).as_string(self.connection), max(number, self.counted_to(table))
        self.execute("SELECT setval(%s::regclass, %s, %s)", name, max(1, number), number > 0)

    def _sequence(self, table: Table) -> sql.Identifier:
        name = f'"{self.schema}"."{table.name}"'
        found = self.execute(
            "SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE pg_class.oid = pg_get_serial_sequence(%s, %s)::regclass", name, table.serial,
        )
        return sql.Identifier(*found[0])

    def from_now(self, seconds: float) -> datetime:
        """An instant by the server's own clock."""
        instant: datetime = self.execute("SELECT clock_timestamp() + %s", timedelta(seconds=seconds))[0][0]
        return instant

    def close_keys(self, keys: str, why: str, until: datetime) -> None:
        """Let no new command begin; those that hold a key may finish."""
        refuse = sql.SQL(
            "CREATE OR REPLACE TRIGGER {} BEFORE INSERT ON {} FOR EACH STATEMENT EXECUTE FUNCTION {}()"
        ).format(sql.Identifier(CLOSING), self._named(keys), self._named(CLOSED))
        self._locked([keys], [self._refusing(why, until), refuse])

    def close_for_writing(self, tables: Sequence[Table], why: str, *, until: datetime | None = None) -> None:
        """Let writers that are at work finish, and refuse what comes after, until an instant or for good."""
        refuse = sql.SQL(
            "CREATE OR REPLACE TRIGGER {} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {}"
            " FOR EACH STATEMENT EXECUTE FUNCTION {}()"
        )
        closing = [
            refuse.format(sql.Identifier(CLOSED), self._named(table.name), self._named(CLOSED)) for table in tables
        ]
        self._locked([table.name for table in tables], [self._refusing(why, until), *closing])

    def seal(self, why: str) -> None:
        """What is closed for a while becomes closed for good; new calls of the function see it at once."""
        self.execute(self._refusing(why, None))

    def reopen(self, tables: Sequence[Table]) -> None:
        self.execute(sql.SQL("DROP FUNCTION IF EXISTS {}() CASCADE").format(self._named(CLOSED)))

    def _refusing(self, why: str, until: datetime | None) -> sql.Composed:
        instant = until.isoformat() if until else "infinity"
        return sql.SQL(_REFUSING).format(
            function=self._named(CLOSED), until=sql.Literal(instant), why=sql.Literal(why)
        )

    def _locked(self, tables: Sequence[str], statements: Sequence[sql.Composed]) -> None:
        """Carry out under a lock that waits for writers; give way to them if it takes long.

        :raises CannotMove: if a transaction keeps a table for all that time
        """
        names = sql.SQL(", ").join(map(self._named, sorted(tables)))
        for attempt in range(LOCK_ATTEMPTS):
            try:
                with self.transaction():
                    self.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
                    self.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(names))
                    for statement in statements:
                        self.execute(statement)
                return
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
                if attempt + 1 == LOCK_ATTEMPTS:
                    raise CannotMove(
                        f"{self.place}: a transaction keeps the tables for more than {LOCK_SECONDS} s; see"
                        " pg_stat_activity, and try again."
                    ) from error
                time.sleep(0.2)

    def _named(self, name: str) -> sql.Identifier:
        return sql.Identifier(self.schema, name)

    def execute(self, query: str | sql.Composable, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(query, values or None)  # type: ignore[arg-type]  # texts are this package's own
        return list(cursor.fetchall()) if cursor.description else []

    def close(self) -> None:
        self.connection.close()
