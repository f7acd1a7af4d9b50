"""What orders hear from the modules below. Each may be heard twice; none may be lost."""

from django.db.models import F

from modules.checkout import money, orders
from modules.checkout.events import OrderDelivered
from modules.checkout.following import ShipStock, following
from modules.checkout.interface import OrderBusy
from modules.checkout.models import Order
from modules.checkout.ordering import fill_backorder
from modules.inventory.events import BackorderFilled, StockRanLow
from modules.payments.events import PaymentCaptured, PaymentDisputed, PaymentRefunded, PaymentVoided
from modules.shipping.events import ShipmentCanceled, ShipmentDelivered, ShipmentDispatched, TrackingChanged
from storefront import clock
from storefront.events import NotYet, on, publish
from storefront.sagas import start


@on(PaymentCaptured)
def note_capture(event: PaymentCaptured) -> None:
    """Money was taken: all of it or a part."""
    money.note(
        event.order_id, "payment_captured", captured_minor=event.captured_total.amount, detail=str(event.amount),
        now=clock.now(),
    )


@on(PaymentRefunded)
def note_refund(event: PaymentRefunded) -> None:
    """Money was given back: all of it or a part."""
    money.note(
        event.order_id, "payment_refunded", refunded_minor=event.refunded_total.amount, detail=str(event.amount),
        now=clock.now(),
    )


@on(PaymentVoided)
def note_void(event: PaymentVoided) -> None:
    """Money that was only set aside was given back."""
    voided = Order.objects.filter(id=event.order_id, payment_id=event.payment_id, captured_minor=0)
    if voided.update(payment_status="voided", version=F("version") + 1):
        orders.note(event.order_id, "payment_voided", now=clock.now())


@on(PaymentDisputed)
def flag_dispute(event: PaymentDisputed) -> None:
    """The card's owner wants the money back: somebody has to answer the bank."""
    orders.flag(event.order_id, "payment_review", now=clock.now(), detail=f"disputed: {event.amount}")
    orders.note(event.order_id, "payment_disputed", now=clock.now(), detail=str(event.amount))


@on(StockRanLow)
def flag_low_stock(event: StockRanLow) -> None:
    """The order that took a SKU to its threshold is where an operator starts to look."""
    if event.order_id:
        detail = f"{event.available} left, threshold {event.threshold}"
        orders.flag(event.order_id, "low_stock", sku=event.sku, now=clock.now(), detail=detail)


@on(BackorderFilled)
def note_arrival(event: BackorderFilled) -> None:
    """Units that an order waited for have come in."""
    if not Order.objects.filter(id=event.order_id).exists():
        return
    try:
        fill_backorder(order_id=event.order_id, sku=event.sku, quantity=event.quantity, now=clock.now())
    except OrderBusy as busy:
        raise NotYet(str(busy)) from busy


@on(ShipmentDispatched)
def note_dispatch(event: ShipmentDispatched) -> None:
    """The carrier has the parcel, so its units are no longer on hand."""
    now = clock.now()
    rows = Order.objects.filter(id=event.order_id, shipment_id=event.shipment_id, dispatched_at=None)
    if rows.update(fulfilment_status="fulfilled", dispatched_at=now, version=F("version") + 1):
        orders.note(event.order_id, "dispatched", now=now)
        order = Order.objects.get(id=event.order_id)
        start(ShipStock, following(order), subject=order.id)


@on(TrackingChanged)
def note_tracking(event: TrackingChanged) -> None:
    """Where the parcel is."""
    rows = Order.objects.filter(id=event.order_id, shipment_id=event.shipment_id)
    rows.update(tracking_status=event.tracking_status, version=F("version") + 1)


@on(ShipmentDelivered)
def note_delivery(event: ShipmentDelivered) -> None:
    """The parcel has arrived."""
    rows = Order.objects.filter(id=event.order_id, shipment_id=event.shipment_id, delivered_at=None)
    if rows.update(
        fulfilment_status="delivered", delivered_at=event.delivered_at, tracking_status="delivered",
        version=F("version") + 1,
    ):
        orders.note(event.order_id, "delivered", now=clock.now())
        publish(OrderDelivered(order_id=event.order_id))


@on(ShipmentCanceled)
def note_shipment_canceled(event: ShipmentCanceled) -> None:
    """A parcel will not leave; a released order gets another one."""
    rows = Order.objects.filter(id=event.order_id, shipment_id=event.shipment_id)
    if rows.update(tracking_number="", tracking_status="unknown", version=F("version") + 1):
        orders.note(event.order_id, "shipment_canceled", now=clock.now())
