"""The public API of shipping: shipments for operators and machines, and the carriers' webhooks."""

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from modules.shipping import queries, reports, store
from modules.shipping.api.shapes import Received, ShipmentAction, ShipmentOut
from modules.shipping.interface import ShipmentClosed, Shipping, Stale
from modules.shipping.models import Shipment
from storefront.interface import NotFound, connect
from storefront.rest import ModuleView, answered, documented, read
from storefront.rest.body import raw_body

shipping = connect(Shipping)


def shown(shipment_id: str) -> HttpResponse:
    """A shipment with its ETag."""
    row = Shipment.objects.filter(id=shipment_id).exclude(order_id="").prefetch_related("history").first()
    if row is None:
        raise NotFound(kind="shipment", id=shipment_id)
    seen = store.view({name: getattr(row, name) for name in store.COLUMNS})
    label = reverse("shipping:label", args=[shipment_id])
    return answered(ShipmentOut.of(seen, row, label=label), etag=row.version)


class ShipmentDetail(ModuleView):
    """One shipment."""

    required_scope = "shipments:read"

    @documented(answers={200: ShipmentOut}, refuses=(NotFound,), summary="Read a shipment")
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """Its state, tracking, address, items and history."""
        return shown(shipment_id)


class ShipmentDispatch(ModuleView):
    """The carrier has taken a parcel."""

    required_scope = "shipments:write"

    @documented(
        request=ShipmentAction, answers={200: ShipmentOut}, refuses=(NotFound, ShipmentClosed, Stale),
        version="accepted", summary="Dispatch a shipment",
    )
    def post(self, request: Request, shipment_id: str) -> HttpResponse:
        """Mark a ready shipment as handed over."""
        read(ShipmentAction, request)
        shipping.dispatch(
            key=self.key(request), shipment_id=shipment_id, expected_version=self.expected_version(request)
        )
        return shown(shipment_id)


class ShipmentCancel(ModuleView):
    """A parcel will not leave."""

    required_scope = "shipments:write"

    @documented(
        request=ShipmentAction, answers={200: ShipmentOut}, refuses=(NotFound, ShipmentClosed, Stale),
        version="accepted", summary="Cancel a shipment",
    )
    def post(self, request: Request, shipment_id: str) -> HttpResponse:
        """Cancel a shipment that has not left."""
        read(ShipmentAction, request)
        queries.shipment(shipment_id=shipment_id)
        shipping.cancel(
            key=self.key(request), shipment_id=shipment_id, expected_version=self.expected_version(request)
        )
        return shown(shipment_id)


class ShipmentLabel(ModuleView):
    """The label to stick on a parcel."""

    required_scope = "shipments:read"
    produces = "application/pdf"

    @documented(answers={200: "application/pdf"}, refuses=(NotFound,), summary="Print a label")
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """A PDF of 4 by 6 inches with the tracking number as Code 128."""
        pdf = shipping.label(shipment_id=shipment_id)
        disposition = f'inline; filename="{shipment_id}.pdf"'
        return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": disposition})


class CarrierWebhook(ModuleView):
    """Where carriers tell where parcels are."""

    @documented(
        request="application/json", answers={200: Received}, refuses=(NotFound, reports.ForgedReport),
        summary="Receive a carrier's webhook",
    )
    def post(self, request: Request, carrier: str) -> HttpResponse:
        """Verified by its signature over the raw body, stored, answered; acted upon afterwards."""
        reports.receive(carrier, headers=request.headers, body=raw_body(request))
        return answered(Received())
