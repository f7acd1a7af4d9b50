"""`manage.py webhooks`: which endpoints fail and why, what waits for them, and sending or skipping it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from modules.webhooks.interface import Change, Webhooks
from modules.webhooks.models import Endpoint, Message
from storefront import clock
from storefront.backoffice.acting import acting
from storefront.followup.telling import at_the_shell
from storefront.ids import new_id
from storefront.interface import Refusal, connect
from storefront.listing import tell_each

SHOWN = 200
ON_ENDPOINTS = ("enable", "disable", "test", "replay")
ON_MESSAGES = ("retry", "skip")

webhooks = connect(Webhooks)


class Command(BaseCommand):
    """`endpoints` and `messages` list; the others act, and leave a row in the audit log."""

    help = "Read and mend the sending of webhooks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("endpoints", help="each endpoint: whose, where, how it is, what waits for it")
        listed = actions.add_parser("messages", help="what waits or was given up, oldest first, with cause and age")
        listed.add_argument("--endpoint", default="", help="of this endpoint only")
        for name in ON_MESSAGES:
            actions.add_parser(name, help=f"{name} a message").add_argument("id", type=int, help="its number")
        for name in ON_ENDPOINTS:
            one = actions.add_parser(name, help=f"{name} an endpoint" if name != "replay" else "send the past again")
            one.add_argument("id", help="whe_...")
        one.add_argument("--event", default="", help="one event by its id")
        one.add_argument("--since", type=parse_datetime, help="all that were recorded since, such as 2026-03-01T12:00Z")
        one.add_argument("--until", type=parse_datetime, help="and before")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        if action in ("endpoints", "messages"):
            getattr(self, f"_{action}")(options)
            return
        kind = "message" if action in ON_MESSAGES else "endpoint"
        try:
            with acting(at_the_shell("webhooks", f"webhooks {action}", object_type=kind)):
                self._act(action, options)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{options['id']}: {action}.")

    def _act(self, action: str, options: dict[str, Any]) -> None:
        key, chosen = new_id("adm"), options["id"]
        match action:
            case "retry":
                webhooks.retry(key=key, message_id=chosen)
            case "skip":
                webhooks.skip(key=key, message_id=chosen)
            case "test":
                webhooks.send_test(key=key, owner="", endpoint_id=chosen)
            case "replay":
                self._replay(chosen, options)
            case _:
                status = Change(status="enabled" if action == "enable" else "disabled")
                webhooks.change(key=key, owner="", endpoint_id=chosen, change=status)

    def _replay(self, endpoint_id: str, options: dict[str, Any]) -> None:
        if not (options["event"] or options["since"]):
            raise CommandError("Say which: --event, or --since and perhaps --until.")
        count, after = 0, ""
        while True:
            queued = webhooks.replay(
                key=new_id("adm"), owner="", endpoint_id=endpoint_id, event_id=options["event"],
                since=options["since"], until=options["until"], after=after,
            )
            count += queued.count
            if not queued.more_after:
                break
            after = queued.more_after
        self.stdout.write(f"{count} events will be sent.")

    def _endpoints(self, _options: dict[str, Any]) -> None:
        tell_each(self.stdout, map(_condition, Endpoint.objects.order_by("owner", "created_at")))

    def _messages(self, options: dict[str, Any]) -> None:
        rows = Message.objects.filter(status__in=("pending", "given_up")).select_related("fact").order_by("fact_id")
        if options["endpoint"]:
            rows = rows.filter(endpoint_id=options["endpoint"])
        tell_each(self.stdout, (
            f"#{row.pk} {row.fact.name} {row.fact.event_id} to {row.endpoint_id}: {row.get_status_display()},"
            f" {_age(row.created_at)} s old, {row.attempts} attempts. {row.cause}"
            for row in rows[:SHOWN]
        ))


def _condition(row: Endpoint) -> str:
    waiting = Message.objects.filter(endpoint=row, status=Message.Status.PENDING).count()
    how = f"disabled ({row.disabled_reason})" if row.status == "disabled" else "enabled"
    failing = f", failing for {_age(row.failing_since)} s" if row.failing_since else ""
    return f"{row.id} {row.owner} {row.url}: {how}{failing}, {waiting} waiting"


def _age(since: Any) -> int:
    return int((clock.now() - since).total_seconds())
