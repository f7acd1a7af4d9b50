"""The producer's tables: facts written in their own transaction, deliveries claimed, acknowledged, postponed."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
from django.db import connections, transaction

from storefront import clock
from storefront.database.instant import adapted, aware
from storefront.database.unit import Statement, Unit
from storefront.database.writing import rows_of
from storefront.events.delivery import Batch, Failure, Parcel, Receipt
from storefront.events.event import Envelope
from storefront.events.subscription import subscribers_of
from storefront.ids import new_id
from storefront.telemetry.trace import current_traceparent

LEASE = timedelta(seconds=30)
GIVE_UP_AFTER = 10
"""Failures before a delivery is dead; with the pauses below, about 9 minutes. Who is away fails nothing."""
EARLY_AT_MOST = 6
"""Attempts that are counted of a fact which comes too early, for the pauses to grow to a minute and it never to die."""
BRIEFLY = timedelta(seconds=1)
NOT_AT_ALL = timedelta()
MAX_BYTES = 256 * 1024


class FactTooLarge(ValueError):
    """A fact is larger than what may cross the border of a module."""


def write(unit: Unit, *, answer: Statement | None = None) -> bool:
    """Write the unit's facts, what is owed to whom, and a command's answer; on PostgreSQL in one statement.

    Returns whether anything is owed.
    """
    facts, owed = _rows(unit)
    outbox = _insert(unit.module, "outbox", "id, type, version, subject, payload, traceparent, occurred_at", facts)
    delivery = _insert(
        unit.module, "delivery",
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
        if len(payload) > MAX_BYTES:
            raise FactTooLarge(f"{event.event_type} of {subject}: {len(payload)} bytes; at most {MAX_BYTES} travel.")
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


def _insert(module: str, table: str, columns: str, rows: list[list[Any]]) -> Statement | None:
    if not rows:
        return None
    given, parameters = rows_of(module, rows)
    return f"INSERT INTO {module}_{table} ({columns}) {given}", parameters


_CLAIM = """
UPDATE {module}_delivery SET lease_until = %(lease)s, unanswered = unanswered + 1
WHERE id IN (
    SELECT due.id FROM {module}_delivery AS due
    WHERE due.lease_until <= %(now)s AND due.next_at <= %(now)s AND NOT due.is_dead {spared} AND NOT EXISTS (
        SELECT 1 FROM {module}_delivery AS ahead
        WHERE ahead.subscriber = due.subscriber AND ahead.subject = due.subject AND ahead.id < due.id
          AND (ahead.is_dead OR ahead.lease_until > %(now)s OR ahead.next_at > %(now)s))
    ORDER BY due.id LIMIT %(limit)s)
RETURNING id, subscriber, replay, event_id, unanswered
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


def claim(module: str, *, limit: int = 500, sparing: Collection[str] = ()) -> list[Batch]:
    """Lease the deliveries that are due, oldest first; none overtakes an earlier one of its subject.

    sparing: subscribers that cannot be reached at present.

    One claimer at a time: on PostgreSQL an advisory lock taken in a statement of its own, so that the
    next one's snapshot sees the leases of the one before; on SQLite the one writer.
    """
    connection, now = connections[module], clock.now()
    lease_until = now + LEASE
    values = {"now": adapted(module, now), "lease": adapted(module, lease_until), "limit": limit}
    spared = {f"spared{number}": subscriber for number, subscriber in enumerate(sorted(sparing))}
    conditions = "".join(f" AND due.subscriber <> %({name})s" for name in spared)
    claim_sql = _CLAIM.format(module=module, spared=conditions)
    with transaction.atomic(using=module), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"relay:{module}"])
            cursor.execute(
                f"WITH claimed AS ({claim_sql}) SELECT claimed.*, {_FACTS} FROM claimed"  # noqa: S608
                f" JOIN {module}_outbox AS fact ON fact.id = claimed.event_id", values | spared,
            )
            rows = cursor.fetchall()
        else:
            cursor.execute(claim_sql, values | spared)
            rows = _with_facts(module, cursor, cursor.fetchall())
    return _batches(module, lease_until, rows)


def _batches(module: str, lease_until: datetime, rows: list[tuple[Any, ...]]) -> list[Batch]:
    """One batch per subscriber, oldest first; another one with what is suspect, and what follows it in its subject."""
    batches = []
    rows = sorted(rows, key=lambda row: (row[1], row[0]))
    for subscriber, owed in groupby(rows, key=lambda row: row[1]):
        parcels = [Parcel(row[0], _envelope(row[5:], replay=row[2]), row[4]) for row in owed]
        suspect = {parcel.envelope.subject for parcel in parcels if parcel.is_suspect}
        trusted = tuple(parcel for parcel in parcels if parcel.envelope.subject not in suspect)
        others = tuple(parcel for parcel in parcels if parcel.envelope.subject in suspect)
        batches += [Batch(module, subscriber, lease_until, part) for part in (trusted, others) if part]
    return batches


def _with_facts(module: str, cursor: Any, claimed: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same join for a database whose updates cannot be joined."""
    ids = sorted({row[3] for row in claimed})
    if not ids:
        return []
    listed, values = _among(module, ids)
    cursor.execute(f"SELECT {_FACTS} FROM {module}_outbox AS fact WHERE id {listed}", values)  # noqa: S608
    facts = {row[0]: row for row in cursor.fetchall()}
    return [(*row, *facts[row[3]]) for row in claimed if row[3] in facts]


def _envelope(row: tuple[Any, ...], *, replay: str) -> Envelope:
    return Envelope(
        id=row[0], type=row[1], version=row[2], subject=row[3], occurred_at=aware(row[4]), payload=row[5],
        traceparent=row[6], replay=replay,
    )


def settle(module: str, subscriber: str, receipt: Receipt, *, lease_until: datetime) -> None:
    """Do as a consumer says: close what is done, postpone what failed, free what waits.

    lease_until: the lease under which the batch was sent; only what is done counts after it, for by then the same
    deliveries may be on their way again.
    """
    if receipt.done:
        _close(module, subscriber, receipt.done)
    for failure in receipt.failed:
        _postpone(module, subscriber, failure, lease_until)
    if receipt.waiting:
        release(
            module, receipt.waiting, lease_until=lease_until, pause=BRIEFLY,
            why="Waits behind an earlier fact of its subject, or for the consumer's database.",
        )


def release(
    module: str, delivery_ids: Sequence[int], *, lease_until: datetime, pause: timedelta, why: str = "",
    were_sent: bool = False,
) -> None:
    """Give deliveries back, to be claimed again after `pause`.

    were_sent: whether their consumer may have begun with them; else this time does not count.
    """
    now = clock.now()
    listed, values = _among(module, delivery_ids)
    taken_back = "" if were_sent else ", unanswered = CASE WHEN unanswered > 0 THEN unanswered - 1 ELSE 0 END"
    _execute(
        module,
        f"UPDATE {module}_delivery SET lease_until = %s, next_at = %s, error = %s{taken_back}"  # noqa: S608
        f" WHERE lease_until = %s AND id {listed}",
        [adapted(module, now), adapted(module, now + pause), why, adapted(module, lease_until), *values],
    )


def _close(module: str, subscriber: str, delivery_ids: Sequence[int]) -> None:
    listed, values = _among(module, delivery_ids)
    _execute(
        module, f"DELETE FROM {module}_delivery WHERE subscriber = %s AND id {listed}", [subscriber, *values]  # noqa: S608
    )


_POSTPONE = """
UPDATE {module}_delivery SET attempts = %(attempts)s, unanswered = 0, is_dead = %(is_dead)s, next_at = %(next_at)s,
    lease_until = %(now)s, error = %(error)s
WHERE id = %(id)s AND subscriber = %(subscriber)s AND lease_until = %(lease)s
"""


def _postpone(module: str, subscriber: str, failure: Failure, lease_until: datetime) -> None:
    """Try again later, after 1 s doubling to 10 min; after ten failures an operator decides, unless it is early."""
    with connections[module].cursor() as cursor:
        cursor.execute(
            f"SELECT attempts FROM {module}_delivery WHERE id = %s AND lease_until = %s",  # noqa: S608
            [failure.delivery_id, adapted(module, lease_until)],
        )
        row = cursor.fetchone()
        if row is None:
            return
        now, pause = clock.now(), timedelta(seconds=min(600, 2 ** row[0]))
        attempts = max(row[0], min(row[0] + 1, EARLY_AT_MOST)) if failure.is_early else row[0] + 1
        cursor.execute(_POSTPONE.format(module=module), {
            "id": failure.delivery_id, "subscriber": subscriber, "lease": adapted(module, lease_until),
            "now": adapted(module, now), "next_at": adapted(module, now + pause), "error": failure.error,
            "attempts": attempts, "is_dead": failure.is_final or attempts >= GIVE_UP_AFTER,
        })


def _among(module: str, values: Sequence[Any]) -> Statement:
    """A condition that takes one of these; an array where there are arrays, so that it is one statement for all."""
    if connections[module].vendor == "postgresql":
        return "= ANY(%s)", [list(values)]
    return f"IN ({', '.join(['%s'] * len(values))})", list(values)


def _execute(module: str, sql: str, parameters: list[Any]) -> None:
    with connections[module].cursor() as cursor:
        cursor.execute(sql, parameters)
