"""What the catalogue does when its time has come."""

from datetime import datetime, timedelta

from modules.catalog.models import Product
from modules.catalog.services import publish_product
from storefront.schedule import every


@every(timedelta(minutes=1))
def publish_scheduled(now: datetime) -> int:
    """Put drafts on sale whose instant has come, 50 at a time."""
    due = Product.objects.filter(status="draft", publish_at__lte=now).order_by("publish_at")
    ids = list(due.values_list("id", flat=True)[:50])
    for product_id in ids:
        publish_product(product_id=product_id, now=now)
    return len(ids)
