"""Orders in the back office: a window, whose actions are commands."""

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from modules.checkout import limit_admin  # noqa: F401  # a page of its own
from modules.checkout.interface import Checkout as Face
from modules.checkout.models import Order, OrderFlag, OrderLine, TaxRate, TimelineEntry
from modules.checkout.taxes import TaxTable, tax_provider
from storefront.backoffice import Window
from storefront.backoffice.stepping_up import ask_for_a_refund
from storefront.followup import Seen, follow_up
from storefront.ids import ulid
from storefront.interface import Refusal, connect
from storefront.money import Money

checkout = connect(Face)

PAYMENT_LABELS = {"paid": "success", "authorized": "info", "refunded": "warning", "voided": "danger", "none": "danger"}
FULFILMENT_LABELS = {"delivered": "success", "fulfilled": "info", "backordered": "warning", "canceled": "danger"}


class OpenFlagFilter(admin.SimpleListFilter):
    """Orders that wait for somebody's eye."""

    title = "follow-up"
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The codes of open flags."""
        codes = OrderFlag.objects.filter(resolved_at=None).values_list("code", flat=True).distinct()
        return [("any", "Any")] + [(code, code.replace("_", " ").capitalize()) for code in sorted(codes)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        """Those with an open flag of this code."""
        if not self.value():
            return queryset
        flags = OrderFlag.objects.filter(resolved_at=None)
        if self.value() != "any":
            flags = flags.filter(code=self.value())
        return queryset.filter(id__in=flags.values("order_id"))


class LineInline(Window, TabularInline):  # type: ignore[misc]  # unfold has no types
    """What was bought."""

    model = OrderLine
    fields = ("sku", "title", "quantity", "backordered", "price", "sum", "tax")
    readonly_fields = fields
    extra = 0
    tab = False

    @display(description="Unit price")  # type: ignore[untyped-decorator, unused-ignore]
    def price(self, line: OrderLine) -> str:
        """As agreed."""
        return str(Money(line.unit_price_minor, line.order.currency))

    @display(description="Total")  # type: ignore[untyped-decorator, unused-ignore]
    def sum(self, line: OrderLine) -> str:
        """As agreed."""
        return str(Money(line.total_minor, line.order.currency))

    @display(description="Tax")  # type: ignore[untyped-decorator, unused-ignore]
    def tax(self, line: OrderLine) -> str:
        """Contained, or on top."""
        return f"{Money(line.tax_minor, line.order.currency)} {'included' if line.tax_included else 'added'}"


@admin.register(Order)
class OrderAdmin(Window, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Newest first."""

    list_display = ("number_shown", "placed_at", "email", "total", "payment", "fulfilment", "follow_up")
    list_filter = ("status", "payment_status", "fulfilment_status", OpenFlagFilter, "currency")
    search_fields = ("id__exact", "email__icontains", "tracking_number__exact", "lines__sku__exact")
    search_help_text = "An order number or id, an e-mail address, a tracking number, or a SKU"
    ordering = ("-serial",)
    inlines = (LineInline,)
    actions = ("cancel", "hold", "release", "resolve_flags")
    readonly_fields = (
        "number_shown", "id", "placed_at", "email", "state", "payment", "fulfilment", "follow_up", "subtotal",
        "shipping", "tax", "total", "captured", "refunded", "payment_id", "shipment_id", "carrier_shown",
        "tracking_number", "tracking_status", "address", "billing", "timeline", "checkout_id", "cart_id", "saga_id",
    )
    fieldsets = (
        (None, {"fields": (
            ("number_shown", "placed_at"), ("state", "payment", "fulfilment"), "follow_up", ("email", "id"),
        )}),
        ("Money", {"fields": (("subtotal", "shipping", "tax"), ("total", "captured", "refunded"), "payment_id")}),
        ("Delivery", {"fields": (
            ("address", "billing"), ("carrier_shown", "tracking_status"), ("tracking_number", "shipment_id"),
        )}),
        ("Timeline", {"fields": ("timeline",)}),
        ("Origin", {"fields": (("checkout_id", "cart_id"), "saga_id"), "classes": ("collapse",)}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """An order number is its serial."""
        if search_term.isdecimal() and 100_000 < int(search_term) < 2**62:
            return queryset.filter(serial=int(search_term) - 100_000), False
        found: tuple[QuerySet[Order], bool] = super().get_search_results(request, queryset, search_term)
        return found

    @display(description="Order", ordering="serial")  # type: ignore[untyped-decorator, unused-ignore]
    def number_shown(self, order: Order) -> str:
        """What people call it."""
        return order.number

    @display(description="Status", label={"placed": "success", "canceled": "danger"})  # type: ignore[untyped-decorator, unused-ignore]
    def state(self, order: Order) -> str:
        """Placed or canceled."""
        return order.status

    @display(description="Payment", label=PAYMENT_LABELS)  # type: ignore[untyped-decorator, unused-ignore]
    def payment(self, order: Order) -> str:
        """Where the money is."""
        return order.payment_status

    @display(description="Fulfilment", label=FULFILMENT_LABELS)  # type: ignore[untyped-decorator, unused-ignore]
    def fulfilment(self, order: Order) -> str:
        """Where the goods are."""
        return "on hold" if order.held_at else order.fulfilment_status

    @display(description="Follow-up")  # type: ignore[untyped-decorator, unused-ignore]
    def follow_up(self, order: Order) -> str | SafeString:
        """What an operator should look at."""
        flags = OrderFlag.objects.filter(order_id=order.id, resolved_at=None)
        rows = [(flag.code.replace("_", " "), f"{flag.sku} {flag.detail}".strip()) for flag in flags]
        return format_html_join(", ", '<span title="{1}"><strong>{0}</strong></span>', rows) or "-"

    @display(description="Address")  # type: ignore[untyped-decorator, unused-ignore]
    def address(self, order: Order) -> str | SafeString:
        """Where it goes."""
        return _address(order.shipping_address)

    @display(description="Billing address")  # type: ignore[untyped-decorator, unused-ignore]
    def billing(self, order: Order) -> str | SafeString:
        """Who pays."""
        return _address(order.billing_address)

    @display(description="Carrier")  # type: ignore[untyped-decorator, unused-ignore]
    def carrier_shown(self, order: Order) -> str:
        """Who brings it."""
        return f"{order.carrier} {order.service}".strip() or order.shipping_option or "-"

    @display(description="Timeline")  # type: ignore[untyped-decorator, unused-ignore]
    def timeline(self, order: Order) -> SafeString:
        """What happened, oldest first."""
        entries = TimelineEntry.objects.filter(order_id=order.id)
        rows = [(order.placed_at, "placed", ""), *((e.at, e.kind.replace("_", " "), e.detail) for e in entries)]
        shown = [(f"{at:%Y-%m-%d %H:%M:%S}", kind, detail) for at, kind, detail in rows]
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{} UTC: <strong>{}</strong> {}</li>", shown))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may act on what is shown."""
        return bool(request.user.has_perm("checkout.change_order"))

    @admin.action(permissions=["operate"], description="Cancel: stop the parcel, give stock and money back")
    def cancel(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """By command, one by one; what goes back to the buyers takes a fresh second factor if it is much."""
        paid = sorted((order.currency, order.captured_minor - order.refunded_minor) for order in queryset)
        for currency, amounts in groupby(paid, key=itemgetter(0)):
            ask_for_a_refund(request, Money(sum(amount for _, amount in amounts), currency))
        self._each(request, queryset, "being canceled", lambda order: checkout.cancel(
            key=f"admin:{ulid()}", order_id=order.id, reason="canceled by staff", actor=_actor(request)))

    @admin.action(permissions=["operate"], description="Hold: keep it from leaving")
    def hold(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """By command, one by one."""
        self._each(request, queryset, "being held", lambda order: checkout.hold(
            key=f"admin:{ulid()}", order_id=order.id, reason="held by staff", actor=_actor(request)))

    @admin.action(permissions=["operate"], description="Release: let it leave")
    def release(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """By command, one by one."""
        self._each(request, queryset, "released", lambda order: checkout.release(
            key=f"admin:{ulid()}", order_id=order.id, actor=_actor(request)))

    @admin.action(permissions=["operate"], description="Follow-up is done: close the flags")
    def resolve_flags(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """By command, flag by flag."""
        for order in queryset:
            codes = OrderFlag.objects.filter(order_id=order.id, resolved_at=None).values_list("code", flat=True)
            for code in set(codes):
                checkout.resolve_flag(key=f"admin:{ulid()}", order_id=order.id, code=code, actor=_actor(request))
        self.message_user(request, "The flags are closed.", messages.SUCCESS)

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Order], done: str, act: Callable[[Order], object]
    ) -> None:
        for order in queryset:
            try:
                act(order)
            except Refusal as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                self.message_user(request, f"Order {order.number} is {done}.", messages.SUCCESS)


def _money_column(name: str, title: str) -> Any:
    @display(description=title, ordering=f"{name}_minor")  # type: ignore[untyped-decorator, unused-ignore]
    def column(_admin: OrderAdmin, order: Order) -> str:
        return str(Money(getattr(order, f"{name}_minor"), order.currency))

    return column


for _name in ("subtotal", "shipping", "tax", "total", "captured", "refunded"):
    setattr(OrderAdmin, _name, _money_column(_name, _name.capitalize()))


def _address(stored: dict[str, str] | None) -> str | SafeString:
    if not stored:
        return "-"
    place = f"{stored.get('postal_code', '')} {stored.get('city', '')}".strip()
    names = [stored.get(name, "") for name in ("name", "company", "line1", "line2")]
    lines = [*names, place, f"{stored.get('region', '')} {stored.get('country', '')}".strip()]
    return format_html_join(SafeString("<br>"), "{}", [(line,) for line in lines if line])


@follow_up(
    "checkout", title="Orders to look at", page="checkout/order/?flag=any",
    remedy="Read each order's follow-up, do what it asks for, and close the flag.",
)
def _flagged() -> Seen:
    open_flags = OrderFlag.objects.filter(resolved_at=None)
    found = open_flags.aggregate(number=Count("order_id", distinct=True), since=Min("raised_at"))
    return Seen(found["number"], found["since"])


def _actor(request: HttpRequest) -> str:
    return f"staff {request.user.get_username()}"


@admin.register(TaxRate)
class TaxRateAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Rates, which operators keep."""

    list_display = ("country", "region", "tax_class", "percent")
    list_filter = ("tax_class",)
    search_fields = ("country", "region")
    ordering = ("country", "region", "tax_class")

    @display(description="Rate", ordering="rate_ppm")  # type: ignore[untyped-decorator, unused-ignore]
    def percent(self, rate: TaxRate) -> str:
        """As people say it."""
        return f"{rate.rate_ppm / 10_000:g} %"

    def save_model(self, request: HttpRequest, obj: TaxRate, form: Any, change: bool) -> None:
        """Known at once in this process, within seconds in others."""
        super().save_model(request, obj, form, change)
        provider = tax_provider()
        if isinstance(provider, TaxTable):
            provider.forget()
