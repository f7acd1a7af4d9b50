"""Carts in the back office: a window. Nobody edits a shopper's cart here."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from modules.cart.models import Cart, Line
from storefront import clock
from storefront.backoffice import Window
from storefront.money import Money

ACTIVE, COMPLETING, COMPLETED = "active", "completing", "completed"


def _where(state: str, now: datetime) -> Q:
    """The rows in a state, which is no column: see the model."""
    if state == COMPLETED:
        return Q(completed_at__isnull=False)
    claimed = Q(completing_until__gt=now)
    return Q(completed_at__isnull=True) & (claimed if state == COMPLETING else ~claimed)


class StateFilter(admin.SimpleListFilter):
    """Active, being paid for, or bought."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state.capitalize()) for state in (ACTIVE, COMPLETING, COMPLETED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Cart]) -> QuerySet[Cart]:
        state = self.value()
        return queryset.filter(_where(state, clock.now())) if state in (ACTIVE, COMPLETING, COMPLETED) else queryset


class LineInline(Window, TabularInline):  # type: ignore[misc]  # unfold has no types
    """What is in the cart."""

    model = Line
    fields = ("sku", "title", "quantity", "unit_price", "line_total")
    readonly_fields = fields
    ordering = ("id",)
    extra = 0
    tab = False

    @display(description="Unit price")  # type: ignore[untyped-decorator, unused-ignore]
    def unit_price(self, line: Line) -> str:
        """As of the last change of the cart."""
        return str(Money(line.unit_minor, line.cart.currency))

    @display(description="Total")  # type: ignore[untyped-decorator, unused-ignore]
    def line_total(self, line: Line) -> str:
        return str(line.total)


@admin.register(Cart)
class CartAdmin(Window, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Newest first: ids sort by time."""

    list_display = ("id", "state", "lines_shown", "units_shown", "subtotal", "age", "untouched", "claim")
    list_filter = (StateFilter, "currency")
    search_fields = ("id__exact", "claim__exact", "lines__sku__exact")
    search_help_text = "A whole cart id, order id, or SKU"
    ordering = ("-id",)
    inlines = (LineInline,)
    fields = (
        ("id", "state"), ("subtotal", "currency"), ("version", "metadata"), ("claim", "completing_at"),
        ("completing_until", "completed_at"), ("created_at", "updated_at", "expires_at"),
    )
    readonly_fields = (
        "id", "state", "subtotal", "currency", "version", "metadata", "claim", "completing_at", "completing_until",
        "completed_at", "created_at", "updated_at", "expires_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cart]:
        """With the sums of the lines, so that the list asks once."""
        carts: QuerySet[Cart] = super().get_queryset(request)
        return carts.annotate(
            line_count=Count("lines"), unit_count=Sum("lines__quantity", default=0),
            subtotal_minor=Sum(F("lines__quantity") * F("lines__unit_minor"), default=0),
        )

    @display(  # type: ignore[untyped-decorator, unused-ignore]
        description="State", label={ACTIVE: "info", COMPLETING: "warning", COMPLETED: "success"}
    )
    def state(self, cart: Cart) -> str:
        if cart.completed_at is not None:
            return COMPLETED
        is_claimed = cart.completing_until is not None and cart.completing_until > clock.now()
        return COMPLETING if is_claimed else ACTIVE

    @display(description="Lines")  # type: ignore[untyped-decorator, unused-ignore]
    def lines_shown(self, cart: Any) -> int:
        return int(cart.line_count)

    @display(description="Units")  # type: ignore[untyped-decorator, unused-ignore]
    def units_shown(self, cart: Any) -> int:
        return int(cart.unit_count)

    @display(description="Subtotal")  # type: ignore[untyped-decorator, unused-ignore]
    def subtotal(self, cart: Any) -> str:
        return str(Money(int(cart.subtotal_minor), cart.currency))

    @display(description="Age", ordering="created_at")  # type: ignore[untyped-decorator, unused-ignore]
    def age(self, cart: Cart) -> str:
        return timesince(cart.created_at, clock.now(), depth=1)

    @display(description="Untouched for", ordering="updated_at")  # type: ignore[untyped-decorator, unused-ignore]
    def untouched(self, cart: Cart) -> str:
        return timesince(cart.updated_at, clock.now(), depth=1)
