"""Stock in the admin: a window on levels, movements and reservations; what changes them are commands."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from modules.inventory import domain
from modules.inventory.interface import Inventory
from modules.inventory.models import Level, Location, Movement, Reservation, ReservationLine, StockItem
from modules.inventory.stocktaking_forms import AdjustForm, CountForm, PolicyForm
from storefront.backoffice import Window
from storefront.ids import new_id
from storefront.interface import OutcomeUnknown, Refusal, Unavailable, connect

inventory = connect(Inventory)

BANDS = {"in_stock": "success", "low_stock": "warning", "backorder": "info", "out_of_stock": "danger"}
STATES = {"held": "info", "consumed": "success", "released": "warning", "expired": "danger"}
FREE = F("on_hand") - F("allocated") - F("reserved")


def free_of(sku: str) -> Coalesce:
    """Units of a SKU, over all locations, that nobody was promised. sku: the field that names it."""
    levels = Level.objects.filter(item_id=OuterRef(sku)).order_by().values("item_id").annotate(free=Sum(FREE))
    return Coalesce(Subquery(levels.values("free"), output_field=IntegerField()), Value(0))


def band(item: StockItem, free: int) -> str:
    """The word that shoppers see."""
    return domain.shown(
        free=free, backordered=item.backordered, threshold=item.low_stock_threshold, limit=item.backorder_limit,
        expected_date=item.expected_date,
    ).band


class OperatedWindow(Window):
    """A window whose actions need a permission."""

    def has_operate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may change stock."""
        return bool(request.user.has_perm("inventory.change_level"))

    def ask(self, request: HttpRequest, form: forms.Form, *, verb: str, facts: str, back: str) -> HttpResponse:
        """Show a form of a command."""
        context = self.admin_site.each_context(request) | {  # type: ignore[attr-defined]
            "title": verb, "form": form, "verb": verb, "facts": facts, "back": back,
            "opts": self.opts,  # type: ignore[attr-defined]
        }
        return render(request, "inventory/stocktaking.html", context)

    def carry_out(self, request: HttpRequest, command: Callable[[], object], *, back: str) -> HttpResponse:
        """Call the command and say how it went."""
        try:
            command()
        except (Refusal, Unavailable, OutcomeUnknown) as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, "Done.")
        return HttpResponseRedirect(back)


class StateFilter(admin.SimpleListFilter):
    """Rows by what is left of their SKU."""

    title = "stock"
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("low", "Low or out"), ("out", "Nothing available"), ("backordered", "Backordered")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        prefix = "" if queryset.model is StockItem else "item__"
        match self.value():
            case "low":
                return queryset.filter(free__lte=F(f"{prefix}low_stock_threshold"))
            case "out":
                return queryset.filter(free__lte=0)
            case "backordered":
                return queryset.filter(**{f"{prefix}backordered__gt": 0})
        return queryset


@admin.register(Location)
class LocationAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Places that keep stock; the lowest priority number is served from first."""

    list_display = ["code", "name", "priority"]
    search_fields = ["code", "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LevelInline(Window, TabularInline):  # type: ignore[misc]
    """Where the units are."""

    model = Level
    fields = ["location", "on_hand", "allocated", "reserved", "version"]
    readonly_fields = fields
    ordering = ["location"]
    extra = 0
    show_change_link = True


@admin.register(StockItem)
class StockItemAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """SKUs over all locations, and their policies."""

    list_display = [
        "sku", "available", "state", "backordered", "low_stock_threshold", "backorder_limit", "expected_date",
        "low_since",
    ]
    list_filter = [StateFilter, "expected_date"]
    search_fields = ["sku"]
    fields = [
        ("sku", "state"), ("low_stock_threshold", "backorder_limit"), ("expected_date", "backordered"),
        ("low_since", "sequence"),
    ]
    readonly_fields = ["state"]
    inlines = [LevelInline]
    actions_detail = ["change_policy"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockItem]:
        items: QuerySet[StockItem] = super().get_queryset(request)
        return items.annotate(free=free_of("pk"))

    @display(description="Available", ordering="free")  # type: ignore[untyped-decorator]
    def available(self, item: Any) -> int:
        return max(0, int(item.free) - int(item.backordered))

    @display(description="Shown as", label=BANDS)  # type: ignore[untyped-decorator]
    def state(self, item: Any) -> str:
        return band(item, item.free)

    @action(description="Change policy", url_path="policy", permissions=["operate"])  # type: ignore[untyped-decorator]
    def change_policy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Set thresholds and limits."""
        item = get_object_or_404(StockItem, sku=object_id)
        back = reverse("admin:inventory_stockitem_change", args=[item.sku])
        form = PolicyForm(request.POST or None, initial={
            "key": new_id("adm"), "low_stock_threshold": item.low_stock_threshold,
            "backorder_limit": item.backorder_limit, "expected_date": item.expected_date,
        })
        if not form.is_valid():
            return self.ask(request, form, verb="Change policy", facts=f"{item.sku}, all locations.", back=back)
        wanted = form.cleaned_data
        return self.carry_out(request, lambda: inventory.change_policy(sku=item.sku, **wanted), back=back)


@admin.register(Level)
class LevelAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """The stock of SKUs at locations."""

    list_display = ["sku", "location", "on_hand", "allocated", "reserved", "available", "state", "version"]
    list_filter = [StateFilter, "location"]
    list_select_related = ["item", "location"]
    search_fields = ["item__sku"]
    ordering = ["item", "location"]
    fields = [("sku", "location"), ("on_hand", "allocated", "reserved"), ("available", "state"), "version"]
    readonly_fields = ["sku", "available", "state"]
    actions_detail = ["adjust_level", "count_level"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Level]:
        levels: QuerySet[Level] = super().get_queryset(request)
        return levels.annotate(here=FREE, free=free_of("item_id"))

    @display(description="SKU", ordering="item")  # type: ignore[untyped-decorator]
    def sku(self, level: Level) -> str:
        return level.item_id

    @display(description="Available here", ordering="here")  # type: ignore[untyped-decorator]
    def available(self, level: Any) -> int:
        return int(level.here)

    @display(description="SKU shown as", label=BANDS)  # type: ignore[untyped-decorator]
    def state(self, level: Any) -> str:
        return band(level.item, level.free)

    @action(description="Adjust", url_path="adjust", permissions=["operate"])  # type: ignore[untyped-decorator]
    def adjust_level(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Add units or take them away."""
        level = get_object_or_404(Level, pk=object_id)
        form = AdjustForm(request.POST or None, initial={"key": new_id("adm")})
        if not form.is_valid():
            return self.ask(request, form, verb="Adjust", facts=_facts(level), back=_page_of(level))
        wanted = form.cleaned_data
        return self.carry_out(request, lambda: inventory.adjust(
            sku=level.item_id, location=level.location_id, actor=request.user.get_username(), **wanted
        ), back=_page_of(level))

    @action(description="Count", url_path="count", permissions=["operate"])  # type: ignore[untyped-decorator]
    def count_level(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Set what was counted, if nothing moved meanwhile."""
        level = get_object_or_404(Level, pk=object_id)
        form = CountForm(
            request.POST or None, initial={"key": new_id("adm"), "version": level.version, "on_hand": level.on_hand}
        )
        if not form.is_valid():
            return self.ask(request, form, verb="Count", facts=_facts(level), back=_page_of(level))
        wanted = dict(form.cleaned_data)
        version = wanted.pop("version")
        return self.carry_out(request, lambda: inventory.count(
            sku=level.item_id, location=level.location_id, expected_version=version,
            actor=request.user.get_username(), **wanted,
        ), back=_page_of(level))


def _facts(level: Level) -> str:
    return (
        f"{level.item_id} at {level.location_id}: {level.on_hand} on hand, {level.allocated} allocated,"
        f" {level.reserved} reserved."
    )


def _page_of(level: Level) -> str:
    return reverse("admin:inventory_level_change", args=[level.pk])


@admin.register(Movement)
class MovementAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """What changed stock, newest first."""

    list_display = [
        "at", "sku", "place", "kind", "on_hand", "allocated", "reserved", "backordered", "order_id", "reason", "actor",
    ]
    list_filter = ["kind", "at"]
    search_fields = ["sku__exact", "order_id__exact"]
    search_help_text = "A whole SKU or order id"
    ordering = ["-id"]

    @display(description="Location", ordering="location")  # type: ignore[untyped-decorator]
    def place(self, movement: Movement) -> str:
        return movement.location or "to arrive"


class LineInline(Window, TabularInline):  # type: ignore[misc]
    """What the order has, and where."""

    model = ReservationLine
    fields = ["sku", "place", "quantity", "held", "shipped"]
    readonly_fields = fields
    extra = 0

    @display(description="Location")  # type: ignore[untyped-decorator]
    def place(self, line: ReservationLine) -> str:
        return line.location or "to arrive"


@admin.register(Reservation)
class ReservationAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """Which order has what."""

    list_display = ["order_id", "state", "expires_at", "has_backorder", "created_at"]
    list_filter = ["status", "has_backorder", "created_at"]
    search_fields = ["order_id__exact", "lines__sku__exact"]
    search_help_text = "A whole order id or SKU"
    ordering = ["-created_at", "order_id"]
    inlines = [LineInline]

    @display(description="Status", label=STATES, ordering="status")  # type: ignore[untyped-decorator]
    def state(self, reservation: Reservation) -> str:
        return reservation.status
