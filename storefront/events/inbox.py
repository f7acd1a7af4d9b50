"""The consumer's side: a fact's effects and its inbox row commit together, or neither does."""

from collections.abc import Sequence

from django.db import connections

from storefront import clock
from storefront.database.instant import adapted
from storefront.database.unit import unit_of_work
from storefront.events.event import Envelope, opened
from storefront.events.subscription import HANDLERS
from storefront.telemetry.trace import traced


def consume(module: str, envelopes: Sequence[Envelope]) -> None:
    """Hand facts to the module's handlers in one transaction; what it has seen before is left out.

    Any handler's error rolls all of them back: the caller then tries them one by one.
    """
    with unit_of_work(module) as unit:
        unit.now = clock.now()
        fresh = _unseen(module, envelopes)
        for envelope in envelopes:
            if (envelope.id, envelope.replay) in fresh:
                event = opened(envelope)
                with traced(envelope.traceparent):
                    for handler in HANDLERS[envelope.type][module]:
                        handler(event)


def _unseen(module: str, envelopes: Sequence[Envelope]) -> set[tuple[str, str]]:
    received_at = adapted(module, clock.now())
    values = ", ".join(["(%s, %s, %s)"] * len(envelopes))
    with connections[module].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {module}_inbox (event_id, replay, received_at) VALUES {values}"  # noqa: S608
            " ON CONFLICT (event_id, replay) DO NOTHING RETURNING event_id, replay",
            [value for envelope in envelopes for value in (envelope.id, envelope.replay, received_at)],
        )
        return set(cursor.fetchall())
