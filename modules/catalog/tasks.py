"""What the catalogue does when its time has come."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from modules.catalog.models import ImportProblem, ImportRun, Product
from modules.catalog.services import publish_product
from storefront.keeping import forget
from storefront.schedule import every

IMPORTS_KEPT = timedelta(days=90)


@every(timedelta(minutes=1))
def publish_scheduled(now: datetime) -> int:
    """Put drafts on sale whose instant has come, 50 at a time."""
    due = Product.objects.filter(status="draft", publish_at__lte=now).order_by("publish_at")
    ids = list(due.values_list("id", flat=True)[:50])
    for product_id in ids:
        publish_product(product_id=product_id, now=now)
    return len(ids)


@every(timedelta(hours=1), in_transaction=False)
def forget_imports(now: datetime) -> int:
    """Delete what was said of imports long ago; of each file the last import stays."""
    later = ImportRun.objects.filter(file_name=OuterRef("file_name"), started_at__gt=OuterRef("started_at"))
    old = ImportRun.objects.filter(Exists(later), started_at__lt=now - IMPORTS_KEPT)
    problems = forget(ImportProblem, where=Q(run__in=old), oldest_first="pk")
    if problems:
        return problems
    told = ImportProblem.objects.filter(run=OuterRef("id"))
    return forget(ImportRun, where=Q(pk__in=old.exclude(Exists(told))), oldest_first="started_at")
