"""`manage.py events`: what is owed, what is dead, history sent again."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from storefront import clock
from storefront.events import hearing
from storefront.events import replay as history
from storefront.followup.age import age
from storefront.followup.platform import deliveries
from storefront.followup.telling import at_the_shell
from storefront.listing import tell_each
from storefront.topology import modules_here, topology


class Command(BaseCommand):
    """Subcommands: status, dead, requeue, drop, replay, resend."""

    help = "Read and mend the deliveries of events."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One subcommand each."""
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("status", help="deliveries owed and dead, per module")
        actions.add_parser("dead", help="every delivery that was given up on, with its cause")
        for name in ("requeue", "drop"):
            one = actions.add_parser(name, help=f"{name} dead deliveries of a producer")
            one.add_argument("producer", choices=modules_here())
            one.add_argument("--id", type=int, required=name == "drop")
        again = actions.add_parser("replay", help="send a producer's history to a subscriber again")
        again.add_argument("producer", choices=modules_here())
        again.add_argument("subscriber", choices=topology().modules)
        again.add_argument("--type", default="", help="only this event type")
        missed = actions.add_parser("resend", help="owe a subscriber what it may have missed; it lets the rest not in")
        missed.add_argument("producer", choices=modules_here())
        missed.add_argument("subscriber", choices=topology().modules)
        missed.add_argument("--hours", type=float, default=72, help="how far back, at most as inboxes remember (72)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do what the subcommand says."""
        getattr(self, options["action"])(options)

    def status(self, options: dict[str, Any]) -> None:
        """A line per module."""
        for module in modules_here():
            rows = apps.get_model(module, "Delivery").objects
            self.stdout.write(f"{module:<12} {rows.count():>8} owed {history.dead(module).count():>6} dead")

    def dead(self, options: dict[str, Any]) -> None:
        """A line per dead delivery."""
        tell_each(self.stdout, (
            f"{module} #{row.id} {row.event_id} of {row.subject} to {row.subscriber}, for {age(row.announced_at)}:"
            f" {row.error}"
            for module in modules_here() for row in deliveries(module).filter(is_dead=True).order_by("id")
        ))

    def requeue(self, options: dict[str, Any]) -> None:
        """All dead deliveries of a producer, or one."""
        producer, chosen = options["producer"], options["id"]
        rows = history.dead(producer).filter(**({"id": chosen} if chosen else {}))
        names = {str(row.id): f"{row}" for row in rows}
        count = history.requeue(producer, delivery_id=chosen)
        _tell(producer, "requeue", names)
        self.stdout.write(f"{count} deliveries will be tried again.")

    def drop(self, options: dict[str, Any]) -> None:
        """One dead delivery."""
        names = {str(row.id): f"{row}" for row in history.dead(options["producer"]).filter(id=options["id"])}
        if not history.drop(options["producer"], delivery_id=options["id"]):
            raise CommandError(f"{options['producer']} has no dead delivery {options['id']}.")
        _tell(options["producer"], "drop", names)
        self.stdout.write("Dropped; its fact stays in the outbox.")

    def replay(self, options: dict[str, Any]) -> None:
        """History, oldest first."""
        count = history.replay(options["producer"], options["subscriber"], event_type=options["type"])
        _tell_of_many(options, f"{count} facts of {options['type'] or 'every type'} to {options['subscriber']}")
        self.stdout.write(f"{count} facts of {options['producer']} are owed to {options['subscriber']} again.")

    def resend(self, options: dict[str, Any]) -> None:
        """All of a time, oldest first; the subscriber's inbox lets through what it has not heard."""
        since = clock.now() - timedelta(hours=options["hours"])
        count = hearing.resend(options["producer"], options["subscriber"], since=since)
        _tell_of_many(options, f"{count} facts of {options['hours']:g} hours to {options['subscriber']}")
        self.stdout.write(f"{count} facts of {options['producer']} are on their way to {options['subscriber']}.")


def _tell(producer: str, action: str, names: dict[str, str]) -> None:
    """The audit log has a row of each delivery."""
    act = at_the_shell(producer, action, object_type="delivery")
    for delivery_id, name in names.items():
        act.tell(object_id=delivery_id, object_name=name)


def _tell_of_many(options: dict[str, Any], detail: str) -> None:
    """One row for all: there may be a million of them."""
    at_the_shell(options["producer"], options["action"], object_type="command").tell(object_id="events", detail=detail)
