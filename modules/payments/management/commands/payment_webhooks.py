"""`manage.py payment_webhooks`: what providers have told, what waits or was given up and why, and handling it again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from modules.payments import webhooks
from modules.payments.models import WebhookReceipt
from storefront import clock
from storefront.backoffice.acting import Acting, Operator
from storefront.backoffice.shell import shell_operator

SHOWN = 200


class Command(BaseCommand):
    """`list` tells those that are not handled, `show` the body of one, `replay` handles it once more."""

    help = "Read the webhooks of payment providers, and handle one again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listed = actions.add_parser("list", help="webhooks that wait or were given up, oldest first, with their cause")
        listed.add_argument("--all", action="store_true", help="those that were handled too, newest first")
        for name, text in (("show", "the body, as it was signed"), ("replay", "handle it once more; harmless")):
            actions.add_parser(name, help=text).add_argument("id", type=int, help="its number in the list")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = WebhookReceipt.objects.order_by("-id") if options["all"] else (
            WebhookReceipt.objects.filter(handled_at=None).order_by("id")
        )
        for row in rows[:SHOWN]:
            age = clock.now() - row.received_at
            self.stdout.write(
                f"#{row.id} {row.provider} {row.name} {row.event_id}: {webhooks.state_of(row)},"
                f" {int(age.total_seconds())} s old, {row.attempts} attempts. {row.result}"
            )

    def _show(self, options: dict[str, Any]) -> None:
        self.stdout.write(bytes(_found(options["id"]).body).decode(errors="replace"))

    def _replay(self, options: dict[str, Any]) -> None:
        row = _found(options["id"])
        webhooks.replay(row.id)
        Acting("payments", operator=Operator(shell_operator()), action="replay webhook").tell(
            object_id=str(row.id), object_name=str(row), object_type="webhookreceipt"
        )
        self.stdout.write(f"#{row.id} will be handled again.")


def _found(receipt_id: int) -> WebhookReceipt:
    row = WebhookReceipt.objects.filter(id=receipt_id).first()
    if row is None:
        raise CommandError(f"There is no webhook {receipt_id}; `list --all` tells those that there are.")
    return row
