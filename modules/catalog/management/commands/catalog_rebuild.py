"""`manage.py catalog_rebuild`: listings, facets and search documents anew from the catalogue's own tables."""

from typing import Any

from django.core.management.base import BaseCommand

from modules.catalog.listing import refresh
from modules.catalog.models import Product
from storefront.database.unit import unit_of_work

BATCH = 200


class Command(BaseCommand):
    """Safe while the shop is open: each batch is replaced in one transaction."""

    help = "Rebuild what the shop front reads. Availability itself comes back with: events replay inventory catalog."

    def handle(self, *_args: Any, **_options: Any) -> None:
        after, rebuilt = "", 0
        while ids := list(Product.objects.filter(id__gt=after).order_by("id").values_list("id", flat=True)[:BATCH]):
            with unit_of_work("catalog"):
                refresh(ids)
            after, rebuilt = ids[-1], rebuilt + len(ids)
            if rebuilt % 1_000 < BATCH:
                self.stdout.write(f"... {rebuilt} products")
        self.stdout.write(f"{rebuilt} products rebuilt.")
