"""One attempt to deliver a message, and what follows from it. No transaction is open while the endpoint is asked."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import F

from modules.webhooks import retrying, signing
from modules.webhooks.events import EndpointDisabled
from modules.webhooks.feed import ALIAS
from modules.webhooks.models import Endpoint, Message
from modules.webhooks.posting import Reply, post
from modules.webhooks.public import TEST, readable_with
from modules.webhooks.targets import Refused, target_of
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.events import publish
from storefront.home.keyring import scopes_of
from storefront.interface import Unavailable

log = logging.getLogger(__name__)

NOBODY_TO_ASK = timedelta(seconds=10)
"""Pause if home does not say whether the key still holds; that is no failure of the endpoint."""
_LONGEST_CAUSE = 300


class Result(NamedTuple):
    """How an attempt ended. cause: empty for a success."""

    cause: str = ""
    reply: Reply | None = None


def nothing() -> None:
    """What is usually done before an endpoint is asked."""


def send(message: Message, *, before_asking: Callable[[], object] = nothing) -> None:
    """Send a leased message, and write down what came of it."""
    endpoint, fact = message.endpoint, message.fact
    try:
        scopes = scopes_of(endpoint.key_prefix)
    except Unavailable as error:
        _postpone(message, clock.now() + NOBODY_TO_ASK, f"Whether its key still holds is not known: {error}")
        return
    if scopes is None:
        _postpone(message, clock.now(), "The key of the endpoint is revoked.")
        disable(endpoint, "key_revoked")
        return
    if fact.name not in readable_with(scopes) and fact.name != TEST:
        _finish(message, Message.Status.GIVEN_UP, Result("The key of the endpoint may not read this."))
        return
    body = signing.body_of(fact)
    headers = signing.headers_for(endpoint, fact, body, now=clock.now())
    before_asking()
    _conclude(message, _attempt(endpoint.url, body, headers))


def _attempt(url: str, body: bytes, headers: dict[str, str]) -> Result:
    try:
        reply = post(target_of(url), body, headers)
    except Refused as error:
        return Result(f"Nothing was sent: {error}.")
    except OSError as error:
        return Result(f"{type(error).__name__}: {error}"[:_LONGEST_CAUSE])
    if reply.status in retrying.SUCCESSES:
        return Result(reply=reply)
    is_redirect = 300 <= reply.status < 400
    return Result(f"It answered {reply.status}{', and redirects are not followed' if is_redirect else ''}.", reply)


def _conclude(message: Message, result: Result) -> None:
    now = clock.now()
    if not result.cause:
        _finish(message, Message.Status.DELIVERED, result)
        Endpoint.objects.filter(id=message.endpoint_id, failing_since__isnull=False).update(
            failing_since=None, version=F("version") + 1
        )
        return
    reply = result.reply
    again = retrying.next_attempt(
        message.attempts, tried_since=message.tried_since or now, now=now, chance=random.random(),  # noqa: S311  # no secret
        asked_for=retrying.asked_pause(reply.retry_after, now=now) if reply else timedelta(),
    )
    if again is None:
        log.warning("A webhook was given up after three days.", extra={"endpoint": message.endpoint_id})
        _finish(message, Message.Status.GIVEN_UP, result)
    else:
        _postpone(message, again, result.cause, reply=reply)
    _count_failure(message.endpoint_id, gone=bool(reply and reply.status == retrying.GONE), now=now)


def _count_failure(endpoint_id: str, *, gone: bool, now: datetime) -> None:
    rows = Endpoint.objects.filter(id=endpoint_id)
    rows.filter(failing_since=None).update(failing_since=now, version=F("version") + 1)
    endpoint = rows.first()
    if endpoint is None or endpoint.status != Endpoint.Status.ENABLED:
        return
    if gone:
        disable(endpoint, "gone")
    elif endpoint.failing_since and now - endpoint.failing_since >= retrying.DISABLE_AFTER:
        disable(endpoint, "failing")


def disable(endpoint: Endpoint, reason: str) -> None:
    """Send nothing there any more, and tell: in the feed, to the owner's other endpoints, to whoever reads the log."""
    with unit_of_work(ALIAS) as unit:
        unit.now = clock.now()
        changed = Endpoint.objects.filter(id=endpoint.id, status=Endpoint.Status.ENABLED).update(
            status=Endpoint.Status.DISABLED, disabled_reason=reason, version=F("version") + 1
        )
        if changed:
            publish(EndpointDisabled(endpoint_id=endpoint.id, owner=endpoint.owner, reason=reason))
    if changed:
        log.error("A webhook endpoint was disabled.", extra={"endpoint": endpoint.id, "reason": reason})


def _finish(message: Message, status: Message.Status, result: Result) -> None:
    now = clock.now()
    _write(message, status=status, finished_at=now, lease_until=now, cause=result.cause, **_told(result.reply))


def _postpone(message: Message, next_at: datetime, cause: str, *, reply: Reply | None = None) -> None:
    _write(message, next_at=next_at, lease_until=clock.now(), cause=cause[:_LONGEST_CAUSE], **_told(reply))


def _told(reply: Reply | None) -> dict[str, object]:
    text = reply.body.decode(errors="replace").replace("\0", "\ufffd") if reply else ""
    return {"answer_status": reply.status if reply else None, "answer": text}


def _write(message: Message, **columns: object) -> None:
    """Only under the lease that the message was sent with: by now it may be in another's hand, or finished by hand."""
    Message.objects.filter(
        id=message.id, lease_until=message.lease_until, status=Message.Status.PENDING
    ).update(**columns)
