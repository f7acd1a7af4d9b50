"""`manage.py sandbox_carrier deliver shp_...`: the sandbox carrier reports to a running shop."""

import shlex
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

import httpx2
from django.core.management.base import BaseCommand, CommandError

from modules.shipping.carriers.protocol import TrackingReport
from modules.shipping.carriers.sandbox import SandboxCarrier
from modules.shipping.models import Shipment
from storefront.ids import new_id

PATH = "/api/v1/webhooks/carriers/sandbox"
STATUSES = ("in_transit", "out_for_delivery", "available_for_pickup", "failure", "return_to_sender", "delivered")


class Command(BaseCommand):
    """Signs a webhook as the sandbox carrier does, and posts it, or prints it as a curl command."""

    help = "Let the sandbox carrier report on a shipment: signed, over HTTP, to the running shop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What happened to which shipment, and where the shop is."""
        parser.add_argument("action", choices=["deliver"], help="what the carrier does with the parcel")
        parser.add_argument("shipment", help="a shipment's id, shp_..., or its tracking number")
        parser.add_argument("--status", choices=STATUSES, default="delivered", help="what it reports (delivered)")
        parser.add_argument("--url", default="http://localhost:8000", help="the running shop")
        parser.add_argument("--print-curl", action="store_true", help="print a curl command, good for five minutes")

    def handle(self, *, shipment: str, status: Any, url: str, print_curl: bool, **_options: Any) -> None:
        """Report.

        :raises CommandError: no such shipment is with the sandbox carrier, or the shop does not accept the report
        """
        report = TrackingReport(
            tracking_number=_number_of(shipment), status=status, occurred_at=datetime.now(UTC), note="Sandbox Parcel"
        )
        body, headers = SandboxCarrier().signed(report, event_id=new_id("evt"))
        target = url.rstrip("/") + PATH
        if print_curl:
            self.stdout.write(as_curl(target, body, headers))
            return
        try:
            response = httpx2.post(target, content=body, headers=headers, timeout=10)
        except httpx2.HTTPError as error:
            raise CommandError(f"{target} does not answer: {error}. Is the shop running there?") from error
        if response.status_code != 200:
            raise CommandError(f"{target} answered {response.status_code}: {response.text}")
        self.stdout.write(f"{report.tracking_number}: {status} reported to {target}.")


def _number_of(shipment: str) -> str:
    found = Shipment.objects.filter(carrier="sandbox").exclude(tracking_number="")
    row = found.filter(id=shipment).first() or found.filter(tracking_number=shipment).first()
    if row is None:
        raise CommandError(f"{shipment}: the sandbox carrier has no such shipment; look in the admin.")
    return row.tracking_number


def as_curl(target: str, body: bytes, headers: dict[str, str]) -> str:
    """A shell command that posts these bytes."""
    given = "".join(f" \\\n  -H {shlex.quote(f'{name}: {text}')}" for name, text in headers.items())
    return f"curl -sS -X POST {shlex.quote(target)}{given} \\\n  --data-raw {shlex.quote(body.decode())}"
