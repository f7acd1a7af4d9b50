"""The tariff in the admin: zones, methods, lanes and their rates."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from modules.shipping import tariff
from modules.shipping.carriers import find_carrier
from modules.shipping.models import Lane, Method, Rate, Zone
from storefront.money import Money, UnknownCurrency, exponent


class TariffAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Whatever is saved or deleted here counts in this process from the next quote on."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _forget()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        _forget()

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        _forget()


def _forget() -> None:
    """Now, for this request; and once more when others can see what it wrote."""
    tariff.forget()
    transaction.on_commit(tariff.forget, using="shipping")


@admin.register(Zone)
class ZoneAdmin(TariffAdmin):
    """Where is served alike."""

    list_display = ["name", "code", "priority", "countries"]
    search_fields = ["name", "code", "countries"]
    ordering = ["-priority", "code"]


class LaneInline(TabularInline):  # type: ignore[misc]
    """Into which zones a method goes; the prices are on the lane's own page."""

    model = Lane
    extra = 0
    show_change_link = True


class MethodForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A method's carrier must be one that is installed."""

    class Meta:
        model = Method
        fields = ["code", "service", "carrier", "kind", "max_weight_g", "is_active"]

    def clean_carrier(self) -> str:
        code: str = self.cleaned_data["carrier"]
        if find_carrier(code) is None:
            raise forms.ValidationError(f"No carrier {code!r} is installed; use sandbox, or install its adapter.")
        return code


@admin.register(Method)
class MethodAdmin(TariffAdmin):
    """Ways to deliver."""

    form = MethodForm
    list_display = ["code", "service", "carrier", "kind", "max_weight_g", "on_sale"]
    list_filter = ["carrier", "kind", "is_active"]
    search_fields = ["code", "service"]
    inlines = [LaneInline]

    @display(description="On sale", boolean=True)  # type: ignore[untyped-decorator]
    def on_sale(self, method: Method) -> bool:
        return method.is_active


class RateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rate's currency must exist."""

    class Meta:
        model = Rate
        fields = ["currency", "starts_at", "price_minor", "price_includes_tax", "free_over_minor"]

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"].upper()
        try:
            exponent(code)
        except UnknownCurrency as error:
            raise forms.ValidationError(f"ISO 4217 has no currency {code!r}.") from error
        return code


class RateSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """The bands of a lane together."""

    def clean(self) -> None:
        """A flat price has one band, from 0."""
        super().clean()
        if self.instance.method_id and self.instance.method.kind == "flat":
            kept = [form.cleaned_data for form in self.forms if form.is_valid() and not form.cleaned_data.get("DELETE")]
            if any(row.get("starts_at") for row in kept):
                raise forms.ValidationError("The method is flat: its bands start at 0.")


class RateInline(TabularInline):  # type: ignore[misc]
    """Prices by currency and band, in minor units."""

    model = Rate
    form = RateForm
    formset = RateSet
    extra = 1


@admin.register(Lane)
class LaneAdmin(TariffAdmin):
    """A method into a zone, with its prices."""

    list_display = ["zone", "method", "days", "prices"]
    list_filter = ["zone", "method"]
    list_select_related = ["zone", "method"]
    inlines = [RateInline]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("rates")

    @admin.display(description="Working days")
    def days(self, lane: Lane) -> str:
        return f"{lane.days_min} to {lane.days_max}"

    @admin.display(description="From")
    def prices(self, lane: Lane) -> str:
        """The first band of each currency."""
        first = {rate.currency: rate for rate in reversed(lane.rates.all())}
        return ", ".join(str(Money(rate.price_minor, code)) for code, rate in sorted(first.items()))
