"""Facts that may end the process which handles them: each time they are begun is counted before, in its own commit.

Only what went unanswered more than once gets here, so that nobody else pays for it.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connections

from storefront import clock
from storefront.database.instant import adapted
from storefront.events.event import Envelope

GIVE_UP_AFTER = 5
"""Times that handling it was begun and never ended; the operator is asked then."""

Mark = tuple[str, str]
"""A fact's id, and the run if history is sent again."""


def mark_of(envelope: Envelope) -> Mark:
    """What a fact is counted by."""
    return envelope.id, envelope.replay


def begun(module: str, envelopes: Iterable[Envelope]) -> dict[Mark, int]:
    """How often handling these facts was begun and not ended; those never begun are left out."""
    ids = [envelope.id for envelope in envelopes]
    rows = _rows(module, "SELECT event_id, replay, attempts FROM {table} WHERE event_id {ids}", ids)
    return {(event_id, replay): attempts for event_id, replay, attempts in rows}


def handled(module: str, envelopes: Iterable[Envelope]) -> set[Mark]:
    """Those of these facts whose effects are committed."""
    ids = [envelope.id for envelope in envelopes]
    return set(_rows(module, f"SELECT event_id, replay FROM {module}_inbox WHERE event_id {{ids}}", ids))  # noqa: S608


def begin(module: str, envelope: Envelope) -> None:
    """Count that it is begun; committed at once."""
    _execute(
        module,
        "INSERT INTO {table} AS kept (event_id, replay, attempts, began_at) VALUES (%s, %s, 1, %s)"
        " ON CONFLICT (event_id, replay) DO UPDATE SET attempts = kept.attempts + 1, began_at = excluded.began_at",
        [*mark_of(envelope), adapted(module, clock.now())],
    )


def end(module: str, envelope: Envelope) -> None:
    """The process lives on: handling it did no harm, whatever came of it."""
    _execute(module, "DELETE FROM {table} WHERE event_id = %s AND replay = %s", [*mark_of(envelope)])


def _rows(module: str, sql: str, ids: list[str]) -> list[Any]:
    among = ", ".join(["%s"] * len(ids))
    with connections[module].cursor() as cursor:
        cursor.execute(sql.format(table=f"{module}_trial", ids=f"IN ({among})"), ids)
        return list(cursor.fetchall())


def _execute(module: str, sql: str, parameters: list[Any]) -> None:
    with connections[module].cursor() as cursor:
        cursor.execute(sql.format(table=f"{module}_trial"), parameters)
