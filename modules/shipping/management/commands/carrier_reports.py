"""`manage.py carrier_reports`: what carriers have told, what came to nothing and why, and acting upon it again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from modules.shipping import reports
from modules.shipping.models import CarrierReport
from storefront import clock
from storefront.backoffice.acting import Acting, Operator
from storefront.backoffice.shell import shell_operator

SHOWN = 200
OPEN = ("waiting", "unmatched", "unreadable")


class Command(BaseCommand):
    """`list` tells those that moved nothing, `show` the body of one, `replay` acts upon it once more."""

    help = "Read the webhooks of carriers, and act upon one again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listed = actions.add_parser("list", help="reports that wait, match no parcel or make no sense, oldest first")
        listed.add_argument("--all", action="store_true", help="those that were acted upon too, newest first")
        for name, text in (("show", "the body, as it was signed"), ("replay", "act upon it once more; harmless")):
            actions.add_parser(name, help=text).add_argument("id", type=int, help="its number in the list")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = CarrierReport.objects.order_by("-id") if options["all"] else (
            CarrierReport.objects.filter(outcome__in=OPEN).order_by("id")
        )
        for row in rows[:SHOWN]:
            age = int((clock.now() - row.received_at).total_seconds())
            self.stdout.write(f"#{row.pk} {row.carrier} {row.event_id}: {row.outcome}, {age} s old.")

    def _show(self, options: dict[str, Any]) -> None:
        self.stdout.write(bytes(_found(options["id"]).body).decode(errors="replace"))

    def _replay(self, options: dict[str, Any]) -> None:
        row = _found(options["id"])
        reports.replay(row.pk)
        Acting("shipping", operator=Operator(shell_operator()), action="replay report").tell(
            object_id=str(row.pk), object_name=str(row), object_type="carrierreport"
        )
        self.stdout.write(f"#{row.pk} will be acted upon again.")


def _found(report_id: int) -> CarrierReport:
    row = CarrierReport.objects.filter(pk=report_id).first()
    if row is None:
        raise CommandError(f"There is no report {report_id}; `list --all` tells those that there are.")
    return row
