"""The consumer's side: a fact's effects and its inbox row commit together, or neither does."""

import logging
from collections.abc import Sequence

from django.db import InterfaceError, OperationalError, connections

from storefront import clock
from storefront.database.instant import adapted
from storefront.database.unit import drop_if_broken, unit_of_work
from storefront.database.writing import rows_of
from storefront.events import trial
from storefront.events.delivery import Failure, Parcel, Receipt
from storefront.events.event import Envelope, arriving, opened
from storefront.events.subscription import HANDLERS, NotYet
from storefront.interface import Unavailable
from storefront.telemetry.trace import traced

log = logging.getLogger(__name__)

ENDS_ITS_PROCESS = (
    f"The process that handled it ended without a word, {trial.GIVE_UP_AFTER} times; it was not begun again."
)


def receive(module: str, parcels: Sequence[Parcel]) -> Receipt:
    """Consume a batch, all at once if possible, and say what became of each fact.

    :raises Unavailable: the module's database is away; nothing was tried
    """
    if any(parcel.is_suspect for parcel in parcels):
        return _on_trial(module, parcels)
    try:
        consume(module, [parcel.envelope for parcel in parcels])
    except Exception as error:
        _check_database(module, error)
        return _one_by_one(module, parcels)
    return Receipt(done=tuple(parcel.delivery_id for parcel in parcels))


def _one_by_one(module: str, parcels: Sequence[Parcel], *, counted: bool = False) -> Receipt:
    """Isolate the fact that fails; later ones of its subject wait behind it. counted: before each is begun."""
    done: list[int] = []
    failed: list[Failure] = []
    waiting: list[int] = []
    blocked: set[str] = set()
    for delivery_id, envelope, _ in parcels:
        if envelope.subject in blocked:
            waiting.append(delivery_id)
            continue
        try:
            if counted:
                trial.begin(module, envelope)
            consume(module, [envelope])
        except Exception as error:
            _check_database(module, error)
            if counted:
                trial.end(module, envelope)
            log.warning("A fact was not handled.", exc_info=error, extra={"subscriber": module, "event": envelope.id})
            why, is_early = f"{type(error).__name__}: {error}", isinstance(error, NotYet)
            failed.append(Failure(delivery_id=delivery_id, error=why, is_early=is_early))
            blocked.add(envelope.subject)
        else:
            if counted:
                trial.end(module, envelope)
            done.append(delivery_id)
    return Receipt(done=tuple(done), failed=tuple(failed), waiting=tuple(waiting))


def _on_trial(module: str, parcels: Sequence[Parcel]) -> Receipt:
    """Facts that nobody answered for: find the one that ends its process, and let the others pass.

    What was begun before and never ended waits until all the rest is answered for; then it is begun alone, and after
    some times not again.

    :raises Unavailable: the module's database is away; nothing was tried
    """
    envelopes = [parcel.envelope for parcel in parcels]
    try:
        seen, marks = trial.handled(module, envelopes), trial.begun(module, envelopes)
    except Exception as error:
        _check_database(module, error)
        raise
    left = [parcel for parcel in parcels if trial.mark_of(parcel.envelope) not in seen]
    done = tuple(parcel.delivery_id for parcel in parcels if parcel not in left)
    marked = [parcel for parcel in left if trial.mark_of(parcel.envelope) in marks]
    feared = {parcel.envelope.subject for parcel in marked}
    harmless = [parcel for parcel in left if parcel.envelope.subject not in feared]
    chosen = harmless or [min(marked, key=lambda parcel: marks[trial.mark_of(parcel.envelope)])] if left else []
    lost = [parcel for parcel in chosen if marks.get(trial.mark_of(parcel.envelope), 0) >= trial.GIVE_UP_AFTER]
    found = _one_by_one(module, [parcel for parcel in chosen if parcel not in lost], counted=True)
    given_up = tuple(_given_up(module, parcel) for parcel in lost)
    rest = tuple(parcel.delivery_id for parcel in left if parcel not in chosen)
    return Receipt(done=done + found.done, failed=found.failed + given_up, waiting=found.waiting + rest)


def _given_up(module: str, parcel: Parcel) -> Failure:
    """Its count is forgotten: an operator who has it tried again has mended the cause."""
    trial.end(module, parcel.envelope)
    return Failure(delivery_id=parcel.delivery_id, error=ENDS_ITS_PROCESS, is_final=True)


def _check_database(module: str, error: Exception) -> None:
    """A database that is away says nothing about the fact."""
    connection = connections[module]
    if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
        drop_if_broken(module)
        raise Unavailable(f"The database of {module}: {error}") from error


def consume(module: str, envelopes: Sequence[Envelope]) -> None:
    """Hand facts to the module's handlers in one transaction; what it has seen before is left out.

    Any handler's error rolls all of them back: the caller then tries them one by one.
    """
    with unit_of_work(module) as unit:
        unit.now = clock.now()
        fresh = _unseen(module, envelopes)
        for envelope in envelopes:
            if (envelope.id, envelope.replay) in fresh:
                _handle(module, envelope)


def _handle(module: str, envelope: Envelope) -> None:
    handlers = HANDLERS.get(envelope.type, {}).get(module)
    if not handlers:
        raise LookupError(f"{module} has no handler of {envelope.type} here; does it run an older release?")
    event = opened(envelope)
    with traced(envelope.traceparent), arriving(envelope):
        for handler in handlers:
            handler(event)


def _unseen(module: str, envelopes: Sequence[Envelope]) -> set[tuple[str, str]]:
    received_at = adapted(module, clock.now())
    given, parameters = rows_of(module, [(envelope.id, envelope.replay, received_at) for envelope in envelopes])
    with connections[module].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {module}_inbox (event_id, replay, received_at) {given}"
            " ON CONFLICT (event_id, replay) DO NOTHING RETURNING event_id, replay",
            parameters,
        )
        return set(cursor.fetchall())
