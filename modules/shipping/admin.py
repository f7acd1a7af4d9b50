"""Shipping in the admin: shipments and reports are a window, the tariff is edited."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from modules.shipping import reports, tariff_admin  # noqa: F401  # registers its own pages
from modules.shipping.interface import Shipping
from modules.shipping.label import address_lines
from modules.shipping.models import CarrierReport, Shipment, ShipmentEvent
from modules.shipping.queries import parcel_of
from storefront import clock
from storefront.backoffice import Window
from storefront.ids import new_id
from storefront.interface import NotFound, Refusal, connect

STATUS_LABELS = {
    "pending": "warning", "ready": "info", "dispatched": "primary", "delivered": "success", "canceled": "danger",
}
TRACKING_LABELS = {
    "delivered": "success", "failure": "danger", "return_to_sender": "danger", "in_transit": "primary",
    "out_for_delivery": "primary", "available_for_pickup": "info",
}
OUTCOME_LABELS = {"applied": "success", "waiting": "info", "unmatched": "warning", "unreadable": "danger"}

LINE_BREAK = SafeString("<br>")

shipping = connect(Shipping)


class OperatedWindow(Window):
    """A window whose actions need a permission."""

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may act on what is shown."""
        return bool(request.user.has_perm("shipping.change_shipment"))


class Timeline(Window, TabularInline):  # type: ignore[misc]  # unfold has no types
    """A shipment's history, oldest first."""

    model = ShipmentEvent
    fields = ["occurred_at", "kind", "tracking_status", "note", "recorded_at"]
    readonly_fields = fields
    extra = 0
    verbose_name_plural = "Timeline"


@admin.register(Shipment)
class ShipmentAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """Parcels; dispatch and cancel go through the commands."""

    list_display = ["id", "order_id", "state", "tracking", "service", "tracking_number", "country", "created_at"]
    list_filter = ["status", "tracking_status", "carrier", "service", "created_at"]
    search_fields = ["id", "order_id", "tracking_number", "items"]
    ordering = ["-created_at"]
    actions = ["dispatch_shipments", "cancel_shipments"]
    inlines = [Timeline]
    fields = [
        "id", "order_id", "state", "tracking", "service", "carrier", "tracking_number", "label", "shown_items",
        "shown_address", "weight_g", "version", "created_at", "dispatched_at", "delivered_at", "canceled_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shipment]:
        """Without cancellations that came before their shipment."""
        found: QuerySet[Shipment] = super().get_queryset(request)
        return found.exclude(order_id="")

    @display(description="Status", ordering="status", label=STATUS_LABELS)  # type: ignore[untyped-decorator]
    def state(self, shipment: Shipment) -> str:
        return shipment.status

    @display(description="Tracking", ordering="tracking_status", label=TRACKING_LABELS)  # type: ignore[untyped-decorator]
    def tracking(self, shipment: Shipment) -> str:
        return shipment.tracking_status

    @admin.display(description="To")
    def country(self, shipment: Shipment) -> str:
        return parcel_of(shipment).address.country

    @admin.display(description="Items")
    def shown_items(self, shipment: Shipment) -> SafeString:
        """Quantity, SKU and title of each."""
        rows = ((item.quantity, item.sku, item.title) for item in parcel_of(shipment).items)
        return format_html_join(LINE_BREAK, "{} x {} {}", rows)

    @admin.display(description="Address")
    def shown_address(self, shipment: Shipment) -> SafeString:
        """As it stands on the parcel."""
        return format_html_join(LINE_BREAK, "{}", ((line,) for line in address_lines(parcel_of(shipment))))

    @admin.display(description="Label")
    def label(self, shipment: Shipment) -> SafeString | str:
        """A link to the PDF, once there is one."""
        if not shipment.tracking_number:
            return "none yet"
        target = reverse("admin:shipping_shipment_label", args=[shipment.pk])
        return format_html('<a class="text-primary-600" href="{}">Label (PDF, 4 x 6 in)</a>', target)

    def get_urls(self) -> list[URLPattern]:
        """The label beside the usual pages."""
        own = path(
            "<path:shipment_id>/label", self.admin_site.admin_view(self.label_page), name="shipping_shipment_label"
        )
        return [own, *super().get_urls()]

    def label_page(self, request: HttpRequest, shipment_id: str) -> HttpResponse:
        """The PDF, to those who may see shipments."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        try:
            pdf = shipping.label(shipment_id=shipment_id)
        except NotFound:
            return HttpResponse(status=404)
        disposition = f'inline; filename="{shipment_id}.pdf"'
        return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": disposition})

    @admin.action(description="Dispatch", permissions=["operate"])
    def dispatch_shipments(self, request: HttpRequest, shipments: QuerySet[Shipment]) -> None:
        """The carrier has taken the chosen parcels."""
        self._each(request, shipments, shipping.dispatch)

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel_shipments(self, request: HttpRequest, shipments: QuerySet[Shipment]) -> None:
        """The chosen parcels will not leave."""
        self._each(request, shipments, shipping.cancel)

    def _each(self, request: HttpRequest, shipments: QuerySet[Shipment], command: Any) -> None:
        for shipment_id in shipments.values_list("id", flat=True):
            try:
                command(key=new_id("adm"), shipment_id=shipment_id)
            except Refusal as refusal:
                messages.warning(request, str(refusal))
            else:
                messages.success(request, f"{shipment_id}: done.")


@admin.register(CarrierReport)
class CarrierReportAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """Carriers' webhooks as they came."""

    list_display = ["event_id", "carrier", "outcome_label", "age", "received_at", "handled_at"]
    list_filter = ["outcome", "carrier", "received_at"]
    search_fields = ["event_id"]
    ordering = ["-received_at"]
    actions = ["replay_reports"]
    fields = ["carrier", "event_id", "outcome_label", "received_at", "handled_at", "shown_body"]

    @display(description="Outcome", ordering="outcome", label=OUTCOME_LABELS)  # type: ignore[untyped-decorator]
    def outcome_label(self, report: CarrierReport) -> str:
        return report.outcome

    @admin.display(description="Waits for")
    def age(self, report: CarrierReport) -> str:
        """How long ago it came, unless it moved something."""
        return "" if report.outcome in ("applied", "recorded") else timesince(report.received_at, clock.now())

    @admin.display(description="Body")
    def shown_body(self, report: CarrierReport) -> SafeString:
        """As it was signed."""
        return format_html("<pre>{}</pre>", bytes(report.body).decode(errors="replace"))

    @admin.action(description="Act upon it again", permissions=["operate"])
    def replay_reports(self, request: HttpRequest, chosen: QuerySet[CarrierReport]) -> None:
        """For reports that found no shipment at the time; harmless for the others."""
        for report in chosen:
            reports.replay(report.pk)
        messages.success(request, f"{len(chosen)} will be acted upon again.")
