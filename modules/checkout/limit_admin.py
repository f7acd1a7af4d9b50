"""Purchase limits in the back office: operators keep them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display

from modules.checkout import limits
from modules.checkout.models import Purchase, PurchaseLimit


@admin.register(PurchaseLimit)
class PurchaseLimitAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """At most so many units of a SKU for each customer, over all orders that stand."""

    list_display = ("sku", "units", "customers")
    search_fields = ("sku__icontains",)
    ordering = ("sku",)

    @display(description="Customers so far")  # type: ignore[untyped-decorator, unused-ignore]
    def customers(self, limit: PurchaseLimit) -> int:
        """Canceled orders included."""
        found = Purchase.objects.filter(sku=limit.sku).aggregate(number=Count("customer", distinct=True))
        return int(found["number"])

    def save_model(self, request: HttpRequest, obj: PurchaseLimit, form: Any, change: bool) -> None:
        """Known at once in this process, within seconds in others."""
        super().save_model(request, obj, form, change)
        limits.forget()

    def delete_model(self, request: HttpRequest, obj: PurchaseLimit) -> None:
        """As quickly."""
        super().delete_model(request, obj)
        limits.forget()
