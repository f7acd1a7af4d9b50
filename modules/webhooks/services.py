"""Webhooks: the bodies of its commands."""

from datetime import datetime, timedelta

import msgspec
from django.db import connections

from modules.webhooks import feed, signing
from modules.webhooks.feed import NewFact, owe
from modules.webhooks.interface import (
    Change,
    EndpointChanged,
    EndpointView,
    Machine,
    NotWaiting,
    Queued,
    TargetRefused,
    TooManyEndpoints,
    UnknownFacts,
)
from modules.webhooks.models import Endpoint, Message
from modules.webhooks.public import TEST, readable_with
from modules.webhooks.queries import found, view_of
from modules.webhooks.replaying import replay
from modules.webhooks.targets import Refused, target_of
from storefront.ids import new_id
from storefront.interface import NotFound

__all__ = ["change", "delete", "register", "replay", "retry", "rotate_secret", "send_test", "skip"]

MOST = 20
"""Endpoints of one owner."""


def register(
    *, owner: str, machine: Machine, url: str, description: str, events: tuple[str, ...], now: datetime
) -> EndpointView:
    """Insert it; the address is looked at, but nobody is asked what its name means: that is done at each sending."""
    _check_target(url)
    wanted = _checked(events, machine)
    _one_at_a_time(owner)
    if Endpoint.objects.filter(owner=owner).count() >= MOST:
        raise TooManyEndpoints(most=MOST)
    return view_of(Endpoint.objects.create(
        id=new_id("whe"), owner=owner, key_prefix=machine.prefix, url=url, description=description, events=wanted,
        scopes=" ".join(sorted(machine.scopes)), secret=signing.sealed(signing.new_secret()), created_at=now,
    ))


def _one_at_a_time(owner: str) -> None:
    """Whoever registers for an owner sees what the one before has registered; SQLite has one writer anyway."""
    connection = connections["webhooks"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('webhooks.owner'), hashtext(%s))", [owner])


def change(
    *, owner: str, endpoint_id: str, change: Change, machine: Machine | None = None,
    expected_version: int | None = None, now: datetime,
) -> EndpointView:
    """Write what is given. Whoever enables an endpoint again has what waits for it sent at once."""
    row = _locked(owner, endpoint_id, expected_version)
    if machine:
        row.key_prefix, row.scopes = machine.prefix, " ".join(sorted(machine.scopes))
    if change.url is not None:
        _check_target(change.url)
        row.url = change.url
    if change.events is not None:
        row.events = _checked(change.events, machine or Machine(prefix="", scopes=tuple(row.scopes.split())))
    if change.description is not None:
        row.description = change.description
    if change.status == "disabled" and row.status != "disabled":
        row.status, row.disabled_reason = Endpoint.Status.DISABLED, "asked"
    elif change.status == "enabled" and row.status != "enabled":
        row.status, row.disabled_reason, row.failing_since = Endpoint.Status.ENABLED, "", None
        _begin_anew(row, now)
    row.version += 1
    row.save()
    return view_of(row)


def _begin_anew(row: Endpoint, now: datetime) -> None:
    Message.objects.filter(endpoint=row, status=Message.Status.PENDING).update(
        attempts=0, tried_since=None, next_at=now
    )


def delete(*, owner: str, endpoint_id: str, expected_version: int | None = None) -> None:
    """With its messages; the facts stay in the feed."""
    _locked(owner, endpoint_id, expected_version).delete()


def rotate_secret(*, owner: str, endpoint_id: str, old_for_hours: int, now: datetime) -> EndpointView:
    """The old secret signs beside the new one for a while; one that was older still ends."""
    row = _locked(owner, endpoint_id, None)
    row.old_secret, row.secret = row.secret, signing.sealed(signing.new_secret())
    row.old_secret_until = now + timedelta(hours=old_for_hours)
    if not old_for_hours:
        row.old_secret, row.old_secret_until = "", None
    row.version += 1
    row.save()
    return view_of(row)


def send_test(*, owner: str, endpoint_id: str, now: datetime) -> Queued:
    """A fact that nobody else hears of."""
    row = found(owner, endpoint_id)
    payload = msgspec.json.encode({"endpoint_id": row.id}).decode()
    event_id = new_id("evt")
    number = feed.add(NewFact(event_id, TEST, event_id, f"test:{row.id}", payload, now))
    assert number is not None, "ids are new"
    owe(number, event_id, [row], now=now)
    return Queued(count=1)


def retry(*, message_id: int, now: datetime) -> None:
    """Due at once, with three days before it."""
    rows = Message.objects.filter(id=message_id)
    changed = rows.exclude(status=Message.Status.DELIVERED).filter(lease_until__lte=now).update(
        status=Message.Status.PENDING, attempts=0, tried_since=None, next_at=now, finished_at=None
    )
    if not changed:
        raise _why_not(message_id)


def skip(*, message_id: int, now: datetime) -> None:
    """Finished, undelivered."""
    waiting = Message.objects.filter(id=message_id, status=Message.Status.PENDING)
    if not waiting.update(status=Message.Status.SKIPPED, finished_at=now, cause="Skipped by an operator."):
        raise _why_not(message_id)


def _why_not(message_id: int) -> NotFound | NotWaiting:
    row = Message.objects.filter(id=message_id).first()
    if row is None:
        return NotFound(kind="message", id=str(message_id))
    return NotWaiting(state="on its way" if row.status == Message.Status.PENDING else row.get_status_display())


def _locked(owner: str, endpoint_id: str, expected_version: int | None) -> Endpoint:
    row = found(owner, endpoint_id, rows=Endpoint.objects.select_for_update())
    if expected_version is not None and row.version != expected_version:
        raise EndpointChanged(version=row.version)
    return row


def _check_target(url: str) -> None:
    try:
        target_of(url)
    except Refused as error:
        raise TargetRefused(url=url[:100], reason=str(error)) from error


def _checked(names: tuple[str, ...], machine: Machine) -> str:
    """The names as they are kept, each once."""
    known = readable_with(set(machine.scopes)) | {"*"}
    unknown = sorted(set(names) - known)
    if unknown or not names:
        raise UnknownFacts(names=", ".join(unknown)[:500] or "nothing")
    return " ".join(sorted(set(names)))
