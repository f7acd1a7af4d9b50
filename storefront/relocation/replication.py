"""PostgreSQL's logical replication: what one module's move needs of it, and nothing of it left behind."""

import hashlib
import time
from collections.abc import Callable, Sequence

import psycopg
from psycopg import sql

from storefront.relocation.postgresql import PostgresqlStore
from storefront.relocation.store import JOURNAL, CannotMove

WAL_LEVEL = """\
{place}: logical replication needs wal_level=logical; it is {level}. As a superuser say
ALTER SYSTEM SET wal_level = logical; and start that server anew. Or stop the processes that run the module, and move
without --live."""
POLL_SECONDS = 0.05
SLOT_SECONDS = 30


def name_of(source: PostgresqlStore) -> str:
    """Of the publication, the slot and the subscription. A slot's name is its server's, so the database is in it."""
    digest = hashlib.sha256(source.place.encode()).hexdigest()[:10]
    return f"storefront_{source.schema}_{digest}"


def check(source: PostgresqlStore, target: PostgresqlStore) -> None:
    """Refuse what PostgreSQL would refuse later, or hang on.

    :raises CannotMove: says what an operator has to do
    """
    level = str(source.execute("SHOW wal_level")[0][0])
    if level != "logical":
        raise CannotMove(WAL_LEVEL.format(place=source.place, level=level))
    used, most = source.execute(
        "SELECT count(*), current_setting('max_replication_slots')::int FROM pg_replication_slots"
    )[0]
    if used + 3 > most:  # its own, and one for each table that is being copied
        raise CannotMove(f"{source.place}: {used} of {most} replication slots are taken; raise max_replication_slots.")
    if not source.execute("SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user")[0][0]:
        raise CannotMove(f"{source.place}: our role may not replicate: ALTER ROLE ... REPLICATION;")
    if not target.execute(
        "SELECT rolsuper OR EXISTS (SELECT 1 FROM pg_roles AS granted WHERE granted.rolname = 'pg_create_subscription'"
        " AND pg_has_role(current_user, granted.oid, 'member')) FROM pg_roles WHERE rolname = current_user"
    )[0][0]:
        raise CannotMove(f"{target.place}: our role may not subscribe; take a superuser or pg_create_subscription.")


def publish(source: PostgresqlStore, tables: Sequence[str], name: str) -> None:
    """Let others follow these tables, and the journal, from this moment on."""
    listed = sql.SQL(", ").join(sql.Identifier(source.schema, table) for table in (*tables, JOURNAL))
    _drop_publication(source, name)
    source.execute(sql.SQL("CREATE PUBLICATION {} FOR TABLE {}").format(sql.Identifier(name), listed))
    source.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", name)


def subscribe(target: PostgresqlStore, conninfo: str, name: str) -> None:
    """Copy, then follow. The slot is there already: made by the subscription, it would wait for it on one server."""
    try:
        target.execute(
            sql.SQL(
                "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (create_slot = false, slot_name = {})"
            ).format(sql.Identifier(name), sql.Literal(conninfo), sql.Identifier(name), sql.Literal(name))
        )
    except psycopg.OperationalError as error:
        raise CannotMove(
            f"The server of {target.place} does not reach the source: {error} Say how it would, with --source URL."
        ) from error


def is_subscribed(target: PostgresqlStore, name: str) -> bool:
    """Whether the target follows, or has begun to."""
    return bool(
        target.execute(
            "SELECT 1 FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid"
            " WHERE subname = %s AND datname = current_database()", name,
        )
    )


def wait_for_copy(target: PostgresqlStore, name: str, tell: Callable[[str], None]) -> None:
    """Return once all tables are there and kept up to date.

    :raises CannotMove: if the target's server reports an error
    """
    done: set[str] = set()
    while True:
        rows = target.execute(
            "SELECT relname, srsubstate = 'r' FROM pg_subscription_rel JOIN pg_class ON pg_class.oid = srrelid"
            " JOIN pg_subscription ON pg_subscription.oid = srsubid WHERE subname = %s", name,
        )
        for table in sorted({table for table, is_ready in rows if is_ready} - done - {JOURNAL}):
            tell(f"{table}: copied, {target.execute(_count(target, table))[0][0]} rows")
        done |= {table for table, is_ready in rows if is_ready}
        if len(done) == len(rows):
            return
        errors = target.execute(
            "SELECT apply_error_count + sync_error_count FROM pg_stat_subscription_stats WHERE subname = %s", name
        )
        if errors and errors[0][0]:
            raise CannotMove(f"Replication fails: see the log of the server of {target.place}, then --abort.")
        time.sleep(POLL_SECONDS)


def _count(target: PostgresqlStore, table: str) -> sql.Composed:
    return sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(target.schema, table))


def end(source: PostgresqlStore, target: PostgresqlStore, name: str) -> None:
    """Remove the subscription, the slot and the publication, as far as they are there."""
    if is_subscribed(target, name):
        target.execute(sql.SQL("DROP SUBSCRIPTION {}").format(sql.Identifier(name)))
    _drop_publication(source, name)


def _drop_publication(source: PostgresqlStore, name: str) -> None:
    """And its slot. Whoever still reads from it is sent away: the subscription is gone."""
    give_up_at = time.monotonic() + SLOT_SECONDS
    while rows := source.execute("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", name):
        if rows[0][0] is None:
            source.execute("SELECT pg_drop_replication_slot(%s)", name)
            break
        if time.monotonic() > give_up_at:
            raise CannotMove(f"{source.place}: the slot {name} is still read by process {rows[0][0]}.")
        source.execute("SELECT pg_terminate_backend(%s)", rows[0][0])
        time.sleep(POLL_SECONDS)
    source.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(name)))
