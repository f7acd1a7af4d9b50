"""What operators are shown on the dashboard."""

from django.db.models import Min

from modules.webhooks.models import Endpoint, Message
from storefront.followup import Seen, follow_up


@follow_up(
    "webhooks", title="Failing webhook endpoints", page="webhooks/endpoint/?condition=failing",
    remedy="Read what they answered, and tell their owners. They are disabled after three days without a success.",
)
def failing_endpoints() -> Seen:
    """Those that are sent to, in vain."""
    rows = Endpoint.objects.filter(failing_since__isnull=False, status=Endpoint.Status.ENABLED)
    return Seen(rows.count(), rows.aggregate(since=Min("failing_since"))["since"])


@follow_up(
    "webhooks", title="Disabled webhook endpoints", page="webhooks/endpoint/?condition=disabled",
    remedy="Tell their owners, who enable them again and replay what they missed, or delete them.",
)
def disabled_endpoints() -> Seen:
    """Those that the shop has disabled itself."""
    return Seen(Endpoint.objects.filter(status=Endpoint.Status.DISABLED).exclude(disabled_reason="asked").count())


@follow_up(
    "webhooks", title="Webhooks given up", page="webhooks/message/?status__exact=given_up",
    remedy="Once the endpoint answers again, send them again from the list.",
)
def given_up() -> Seen:
    """Messages that were not delivered within three days."""
    rows = Message.objects.filter(status=Message.Status.GIVEN_UP)
    return Seen(rows.count(), rows.aggregate(since=Min("created_at"))["since"])
