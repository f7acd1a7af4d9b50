"""`manage.py payment_webhooks`: what providers have told, what waits or was given up and why, and handling it again."""

from django.db.models import QuerySet

from modules.payments import webhooks
from modules.payments.models import WebhookReceipt
from storefront import clock
from storefront.backoffice.letters import LettersCommand


class Command(LettersCommand):
    """Webhooks of payment providers."""

    help = "Read the webhooks of payment providers, and handle one again."
    model = WebhookReceipt
    noun = "webhook"

    def open(self) -> QuerySet[WebhookReceipt]:
        """Not handled: they wait, or were given up."""
        return WebhookReceipt.objects.filter(handled_at=None)

    def line(self, row: WebhookReceipt) -> str:
        """Whose, about what, its state and age."""
        age = int((clock.now() - row.received_at).total_seconds())
        state = webhooks.state_of(row)
        return f"{row.provider} {row.name} {row.event_id}: {state}, {age} s old, {row.attempts} attempts. {row.result}"

    def replay(self, row: WebhookReceipt) -> None:
        """Once more."""
        webhooks.replay(row.id)
