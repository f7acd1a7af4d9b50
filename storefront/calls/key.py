"""Law 2: the key of a command, its request and its answer, committed together with the effect.

One statement claims a key and sets the transaction's own time limit; one statement answers it.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, connections

from storefront import clock
from storefront.database.instant import adapted, aware
from storefront.database.unit import Unit
from storefront.interface import KeyReused


class UnderWay(Exception):
    """The same request with the same key is being carried out by somebody else at this moment."""


class Claim(NamedTuple):
    """A key that is ours to answer (`answer` is None), or its answer from before."""

    now: datetime
    answer: str | None
    refusal: str


_POSTGRESQL = """
WITH limits AS (SELECT set_config('statement_timeout', %(limit)s, true), clock_timestamp() + %(offset)s AS now)
INSERT INTO {table} (key, operation, request_hash, refusal, claimed_until, created_at)
SELECT %(key)s, %(operation)s, %(hash)s, '', limits.now + %(lease)s, limits.now FROM limits
ON CONFLICT (key) DO NOTHING RETURNING created_at
"""
_SQLITE = """
INSERT INTO {table} (key, operation, request_hash, refusal, claimed_until, created_at)
VALUES (%(key)s, %(operation)s, %(hash)s, '', %(until)s, %(now)s) ON CONFLICT (key) DO NOTHING RETURNING 1
"""


def claim(module: str, key: str, operation: str, request_hash: str, *, seconds: float) -> Claim:
    """Take `key` for this request, or find what was answered before. Waits for a transaction that holds it.

    :raises KeyReused: the key belongs to another request
    :raises UnderWay: the same request is under way elsewhere, between its two transactions
    """
    now = _insert(module, key, operation, request_hash, seconds)
    if now is not None:
        return Claim(now, None, "")
    return _take_over(module, key, operation, request_hash, seconds)


def _insert(module: str, key: str, operation: str, request_hash: str, seconds: float) -> datetime | None:
    connection = connections[module]
    values: dict[str, Any] = {"key": key, "operation": operation, "hash": request_hash}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            values |= {
                "limit": str(max(1, int(seconds * 1000))), "lease": timedelta(seconds=seconds),
                "offset": timedelta(seconds=clock.offset_seconds()),
            }
            cursor.execute(_POSTGRESQL.format(table=f"{module}_callkey"), values)
            row = cursor.fetchone()
            return aware(row[0]) if row else None
        now = clock.now()
        values |= {"now": adapted(module, now), "until": adapted(module, now + timedelta(seconds=seconds))}
        cursor.execute(_SQLITE.format(table=f"{module}_callkey"), values)
        return now if cursor.fetchone() else None


def _take_over(module: str, key: str, operation: str, request_hash: str, seconds: float) -> Claim:
    table, now = f"{module}_callkey", clock.now()
    with connections[module].cursor() as cursor:
        cursor.execute(
            f"SELECT operation, request_hash, answer, refusal FROM {table} WHERE key = %s", [key]  # noqa: S608
        )
        stored_operation, stored_hash, answer, refusal = cursor.fetchone()
        if (stored_operation, stored_hash) != (operation, request_hash):
            raise KeyReused
        if answer is not None:
            return Claim(now, answer, refusal)
        cursor.execute(
            f"UPDATE {table} SET claimed_until = %s WHERE key = %s AND answer IS NULL AND claimed_until <= %s",  # noqa: S608
            [adapted(module, now + timedelta(seconds=seconds)), key, adapted(module, now)],
        )
        if cursor.rowcount == 0:
            raise UnderWay(operation)
    return Claim(now, None, "")


def answer(unit: Unit, key: str, *, answer: str, refusal: str = "") -> None:
    """Store the answer in the transaction of the effect, together with what the command published."""
    sql = f"UPDATE {unit.module}_callkey SET answer = %s, refusal = %s WHERE key = %s"  # noqa: S608
    unit.write(answer=(sql, [answer, refusal, key]))


def give_back(module: str, key: str) -> None:
    """The work failed without an answer: let the next attempt with this key start at once.

    If the database takes that no more, the claim ends by itself, and the failure at hand is the one to tell.
    """
    with suppress(OperationalError, InterfaceError), connections[module].cursor() as cursor:
        cursor.execute(
            f"UPDATE {module}_callkey SET claimed_until = %s WHERE key = %s AND answer IS NULL",  # noqa: S608
            [adapted(module, clock.now()), key],
        )
