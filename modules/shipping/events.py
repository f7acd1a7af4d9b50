"""Shipping: facts about parcels."""

from datetime import datetime

from modules.shipping.interface import ShippedItem, TrackingStatus
from storefront.events import Event


class ShipmentArranged(Event, type="shipping.shipment_arranged", version=1, subject="order_id"):
    """A parcel has a label and waits for its carrier."""

    order_id: str
    shipment_id: str
    tracking_number: str


class ShipmentDispatched(Event, type="shipping.shipment_dispatched", version=1, subject="order_id"):
    """The carrier has taken a parcel."""

    order_id: str
    shipment_id: str
    items: tuple[ShippedItem, ...]


class TrackingChanged(Event, type="shipping.tracking_changed", version=1, subject="order_id"):
    """The carrier says where a parcel is."""

    order_id: str
    shipment_id: str
    tracking_status: TrackingStatus


class ShipmentDelivered(Event, type="shipping.shipment_delivered", version=1, subject="order_id"):
    """A parcel has arrived."""

    order_id: str
    shipment_id: str
    delivered_at: datetime


class ShipmentCanceled(Event, type="shipping.shipment_canceled", version=1, subject="order_id"):
    """A parcel will not leave."""

    order_id: str
    shipment_id: str


class CarrierReported(Event, type="shipping.carrier_reported", version=1, subject="tracking_number"):
    """A carrier's signed report was stored; shipping itself acts on it."""

    tracking_number: str
    report_id: int
