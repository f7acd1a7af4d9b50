"""The producer's tables: facts written in their own transaction, deliveries claimed, acknowledged, postponed."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from django.db import connections, transaction

from storefront import clock
from storefront.database.instant import adapted, aware
from storefront.database.unit import Statement, Unit
from storefront.events.event import Envelope
from storefront.events.subscription import subscribers_of
from storefront.ids import new_id
from storefront.telemetry.trace import current_traceparent

LEASE = timedelta(seconds=30)
GIVE_UP_AFTER = 10
"""Attempts before a delivery is dead; with the pauses below, about 17 minutes."""


class Due(NamedTuple):
    """A claimed delivery: its row, who is owed it, how often it was tried, and the fact."""

    delivery_id: int
    subscriber: str
    attempts: int
    envelope: Envelope


def write(unit: Unit, *, answer: Statement | None = None) -> bool:
    """Write the unit's facts, what is owed to whom, and a command's answer; on PostgreSQL in one statement.

    Returns whether anything is owed.
    """
    facts, owed = _rows(unit)
    outbox = _insert(f"{unit.module}_outbox", "id, type, version, subject, payload, traceparent, occurred_at", facts)
    delivery = _insert(
        f"{unit.module}_delivery",
        "event_id, subscriber, subject, next_at, lease_until, replay, attempts, is_dead, error", owed,
    )
    connection = connections[unit.module]
    statements = [statement for statement in (answer, outbox, delivery) if statement]
    if connection.vendor == "postgresql":
        statements = [_composed(statements)]
    with connection.cursor() as cursor:
        for sql, parameters in statements:
            cursor.execute(sql, parameters)
    return bool(owed)


def _rows(unit: Unit) -> tuple[list[list[Any]], list[list[Any]]]:
    now = adapted(unit.module, unit.now or clock.now())
    trace = current_traceparent()
    facts: list[list[Any]] = []
    owed: list[list[Any]] = []
    for event in unit.events:
        fact_id, subject = new_id("evt"), getattr(event, event.event_subject)
        payload = msgspec.json.encode(event).decode()
        facts.append([fact_id, event.event_type, event.event_version, subject, payload, trace, now])
        listeners = subscribers_of(event.event_type)
        owed += [[fact_id, listener, subject, now, now, "", 0, False, ""] for listener in listeners]
    return facts, owed


def _composed(statements: list[Statement]) -> Statement:
    """Several writes as one statement: all but the last as common table expressions."""
    *first, (last, parameters) = statements
    if not first:
        return last, parameters
    parts = ", ".join(f"part{number} AS ({sql})" for number, (sql, _) in enumerate(first))
    return f"WITH {parts} {last}", [*(value for _, values in first for value in values), *parameters]


def _insert(table: str, columns: str, rows: list[list[Any]]) -> Statement | None:
    if not rows:
        return None
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    values = ", ".join([row] * len(rows))
    parameters = [value for line in rows for value in line]
    return f"INSERT INTO {table} ({columns}) VALUES {values}", parameters  # noqa: S608


_CLAIM = """
UPDATE {module}_delivery SET lease_until = %(lease)s, attempts = attempts + 1
WHERE id IN (
    SELECT due.id FROM {module}_delivery AS due
    WHERE due.lease_until <= %(now)s AND due.next_at <= %(now)s AND NOT due.is_dead AND NOT EXISTS (
        SELECT 1 FROM {module}_delivery AS ahead
        WHERE ahead.subscriber = due.subscriber AND ahead.subject = due.subject AND ahead.id < due.id
          AND (ahead.is_dead OR ahead.lease_until > %(now)s OR ahead.next_at > %(now)s))
    ORDER BY due.id LIMIT %(limit)s)
RETURNING id, subscriber, attempts, replay, event_id
"""
_FACTS = "fact.id, fact.type, fact.version, fact.subject, fact.occurred_at, fact.payload, fact.traceparent"


def is_owing(module: str) -> bool:
    """Whether a delivery may be due: one cheap statement, where `claim` takes a lock and a transaction."""
    instant = adapted(module, clock.now())
    with connections[module].cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {module}_delivery"  # noqa: S608
            " WHERE next_at <= %s AND lease_until <= %s AND NOT is_dead LIMIT 1",
            [instant, instant],
        )
        return cursor.fetchone() is not None


def claim(module: str, *, limit: int = 500) -> list[Due]:
    """Lease the deliveries that are due, oldest first; none overtakes an earlier one of its subject.

    One claimer at a time: on PostgreSQL an advisory lock taken in a statement of its own, so that the
    next one's snapshot sees the leases of the one before; on SQLite the one writer.
    """
    connection, now = connections[module], clock.now()
    values = {"now": adapted(module, now), "lease": adapted(module, now + LEASE), "limit": limit}
    claim_sql = _CLAIM.format(module=module)
    with transaction.atomic(using=module), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"relay:{module}"])
            cursor.execute(
                f"WITH claimed AS ({claim_sql}) SELECT claimed.*, {_FACTS} FROM claimed"  # noqa: S608
                f" JOIN {module}_outbox AS fact ON fact.id = claimed.event_id", values,
            )
            rows = cursor.fetchall()
        else:
            cursor.execute(claim_sql, values)
            rows = _with_facts(module, cursor, cursor.fetchall())
    return [Due(row[0], row[1], row[2], _envelope(row[5:], replay=row[3])) for row in sorted(rows)]


def _with_facts(module: str, cursor: Any, claimed: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same join for a database whose updates cannot be joined."""
    ids = sorted({row[4] for row in claimed})
    if not ids:
        return []
    marks = ", ".join(["%s"] * len(ids))
    cursor.execute(f"SELECT {_FACTS} FROM {module}_outbox AS fact WHERE id IN ({marks})", ids)  # noqa: S608
    facts = {row[0]: row for row in cursor.fetchall()}
    return [(*row, *facts[row[4]]) for row in claimed if row[4] in facts]


def _envelope(row: tuple[Any, ...], *, replay: str) -> Envelope:
    return Envelope(
        id=row[0], type=row[1], version=row[2], subject=row[3], occurred_at=aware(row[4]), payload=row[5],
        traceparent=row[6], replay=replay,
    )


def acknowledge(module: str, delivery_ids: Sequence[int]) -> None:
    """Close deliveries whose effects are committed at the consumer."""
    marks = ", ".join(["%s"] * len(delivery_ids))
    with connections[module].cursor() as cursor:
        cursor.execute(f"DELETE FROM {module}_delivery WHERE id IN ({marks})", list(delivery_ids))  # noqa: S608


def postpone(module: str, due: Due, *, error: str) -> None:
    """Try again later, after 1 s doubling to 10 min; after ten attempts an operator decides."""
    pause = timedelta(seconds=min(600, 2 ** (due.attempts - 1)))
    now = clock.now()
    with connections[module].cursor() as cursor:
        cursor.execute(
            f"UPDATE {module}_delivery SET lease_until = %s, next_at = %s, is_dead = %s, error = %s WHERE id = %s",  # noqa: S608
            [adapted(module, now), adapted(module, now + pause), due.attempts >= GIVE_UP_AFTER, error, due.delivery_id],
        )
