"""What operators are shown on the dashboard."""

from django.db.models import Min

from modules.payments.models import ALARMED, GIVEN_UP, Payment, WebhookReceipt
from storefront.followup import Seen, follow_up


@follow_up(
    "payments", title="Payments to look at", page="payments/payment/?alarm=yes",
    remedy="Read each payment's alarm, and compare the payment with its provider's own pages.",
)
def alarmed() -> Seen:
    """Those of which the provider said what cannot be."""
    rows = Payment.objects.filter(ALARMED)
    return Seen(rows.count(), rows.aggregate(since=Min("updated_at"))["since"])


@follow_up(
    "payments", title="Payment webhooks given up", page="payments/webhookreceipt/?condition=given_up",
    remedy="Read what came of each and have the cause mended. Then handle them again from the list.",
)
def given_up() -> Seen:
    """Notices of providers that could not be handled, ten times."""
    rows = WebhookReceipt.objects.filter(GIVEN_UP)
    return Seen(rows.count(), rows.aggregate(since=Min("received_at"))["since"])
