"""`manage.py carrier_reports`: what carriers have told, what came to nothing and why, and acting upon it again."""

from django.db.models import QuerySet

from modules.shipping import reports
from modules.shipping.models import CarrierReport
from storefront import clock
from storefront.backoffice.letters import LettersCommand

OPEN = ("waiting", "unmatched", "unreadable")


class Command(LettersCommand):
    """Reports of carriers."""

    help = "Read the webhooks of carriers, and act upon one again."
    model = CarrierReport
    noun = "report"

    def open(self) -> QuerySet[CarrierReport]:
        """They wait, match no parcel or make no sense."""
        return CarrierReport.objects.filter(outcome__in=OPEN)

    def line(self, row: CarrierReport) -> str:
        """Whose, its outcome and age."""
        age = int((clock.now() - row.received_at).total_seconds())
        return f"{row.carrier} {row.event_id}: {row.outcome}, {age} s old."

    def replay(self, row: CarrierReport) -> None:
        """Once more."""
        reports.replay(row.pk)
