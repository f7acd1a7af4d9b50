"""What happens to an order after it is placed: canceling, holding, releasing, shipping its stock."""

import logging
from contextlib import suppress
from datetime import datetime

from modules.checkout import orders
from modules.checkout.events import OrderCanceled
from modules.checkout.models import Checkout, Order
from modules.checkout.queries import lines_of
from modules.inventory.interface import Inventory, StockLine
from modules.payments.interface import Payments, PaymentView, WrongState
from modules.shipping.interface import PostalAddress, ShippedItem, Shipping
from storefront.events import publish
from storefront.ids import new_id
from storefront.interface import Key, NotFound, Value, connect
from storefront.sagas import Pivot, Saga, Step, start

log = logging.getLogger(__name__)

inventory = connect(Inventory)
payments = connect(Payments)
shipping = connect(Shipping)


class Following(Value):
    """An order that something is done about; or a payment that never became one's, of a checkout."""

    order_id: str
    shipment_id: str
    checkout_id: str = ""
    payment_id: str = ""
    reason: str = ""
    refund_id: str = ""
    lines: tuple[StockLine, ...] = ()
    items: tuple[ShippedItem, ...] = ()
    address: PostalAddress | None = None
    method: str = ""
    weight_g: int = 0


def cancel_shipment(state: Following, *, key: Key) -> None:
    """It must not leave; if it has left, this refuses and the order stays."""
    shipping.cancel(key=key, shipment_id=state.shipment_id)


def leave_as_it_is(state: Following, *, key: Key) -> None:
    """A canceled shipment is not called back: whoever wants the parcel after all releases the order."""


def cancel_order(state: Following, *, now: datetime) -> None:
    """From here on the order is canceled, whatever its stock and money still take."""
    orders.changed(state.order_id, status="canceled", fulfilment_status="canceled", canceled_at=now, held_at=None)
    orders.note(state.order_id, "canceled", now=now, detail=state.reason)
    publish(OrderCanceled(order_id=state.order_id, reason=state.reason))


def hold_order(state: Following, *, now: datetime) -> None:
    """It stays here until somebody releases it."""
    orders.changed(state.order_id, held_at=now)
    orders.note(state.order_id, "held", now=now, detail=state.reason)


def release_stock(state: Following, *, key: Key) -> None:
    """Sell it to others."""
    inventory.release(key=key, order_id=state.order_id)


def return_money(state: Following, *, key: Key) -> None:
    """Give back what was only set aside, then refund what was taken: in this order, for then no more can be taken."""
    if not state.payment_id:
        return
    payment = _released(state, key=key)
    left = payment.captured - payment.refunded
    if payment.status == "disputed":  # the bank decides whose it is: who gave it back now might pay twice
        _flag(state, f"{left} is disputed and was not given back.")
    elif not left.is_zero:  # named by its amount: an operator may have given a part back since we last asked
        refund = payments.refund(
            key=f"{key}:refund:{left.amount}", payment_id=state.payment_id,
            refund_id=f"{state.refund_id}-{left.amount}", amount=left, reason=state.reason or "canceled",
        )
        if refund.status == "failure":
            _flag(state, f"The bank refused to give {left} back.")


def _released(state: Following, *, key: Key) -> PaymentView:
    """The payment, once nothing is set aside for it any more; a part of it may have been taken."""
    payment = payments.payment(payment_id=state.payment_id)
    is_taken = not payment.captured.is_zero
    if payment.status in ("failed", "voided") or (is_taken and payment.captured == payment.authorized):
        return payment
    try:
        payments.void(key=f"{key}:void", payment_id=state.payment_id)
    except WrongState:
        if not is_taken:
            raise
        _flag_what_is_left(state)
    return payments.payment(payment_id=state.payment_id)


def _flag_what_is_left(state: Following) -> None:
    """The bank keeps it, unless it was taken a moment ago and can be refunded."""
    payment = payments.payment(payment_id=state.payment_id)
    left = payment.authorized - payment.captured
    if not left.is_zero:
        _flag(state, f"The bank refused to release {left}.")


def _flag(state: Following, detail: str) -> None:
    """An operator sees the order. Money of none is on the books of payments, and the audit asks whose it is."""
    if state.order_id:
        orders.raise_flag(state.order_id, "payment_review", detail=detail)
    else:
        log.error("Money of no order was not given back.", extra={"payment": state.payment_id, "cause": detail})


def ship_stock(state: Following, *, key: Key) -> None:
    """The units have left the building."""
    inventory.ship(key=key, order_id=state.order_id, lines=state.lines)


def arrange_shipment(state: Following, *, key: Key) -> None:
    """Order a parcel for an order that waited."""
    assert state.address
    view = shipping.arrange(
        key=key, shipment_id=state.shipment_id, order_id=state.order_id, method=state.method, address=state.address,
        items=state.items, weight_g=state.weight_g,
    )
    orders.note_shipment(view)


class CancelOrder(Saga, module="checkout", version=1, state=Following):
    """Shipment first, because it is the one thing that cannot be called back."""

    steps = (
        Step("cancel shipment", cancel_shipment, undo=leave_as_it_is),
        Pivot("cancel the order", cancel_order),
        Step("release stock", release_stock),
        Step("return money", return_money),
    )


class HoldOrder(Saga, module="checkout", version=1, state=Following):
    """A parcel that is held must not have a label that somebody could stick on."""

    steps = (
        Step("cancel shipment", cancel_shipment, undo=leave_as_it_is),
        Pivot("hold the order", hold_order),
    )


class ReleaseOrder(Saga, module="checkout", version=1, state=Following):
    """An order that waited gets its parcel."""

    steps = (Step("arrange shipping", arrange_shipment),)


class ShipStock(Saga, module="checkout", version=1, state=Following):
    """What the carrier took is no longer on hand."""

    steps = (Step("ship stock", ship_stock),)


def give_up_payment(state: Following, *, key: Key) -> None:
    """Most checkouts that came to nothing never got as far as a payment: then there is nothing to give back.

    An order's payment is the order's, however it came to be given up.
    """
    if Order.objects.filter(checkout_id=state.checkout_id, payment_id=state.payment_id).exists():
        return
    with suppress(NotFound):
        return_money(state, key=key)


class AbandonPayment(Saga, module="checkout", version=1, state=Following):
    """Money set aside for an order that never came goes back."""

    steps = (Step("void payment", give_up_payment),)


def abandon(checkout: Checkout) -> None:
    """Let go of the payment that a checkout had so far, if any: its shopper may have confirmed it at the bank."""
    if checkout.payment_id:
        state = Following(order_id="", shipment_id="", checkout_id=checkout.id, payment_id=checkout.payment_id)
        start(AbandonPayment, state, subject=checkout.id)


def following(order: Order, *, reason: str = "", shipment_id: str = "") -> Following:
    """What is known of an order, for a saga about it."""
    rows = list(lines_of(order))
    return Following(
        order_id=order.id, shipment_id=shipment_id or order.shipment_id, payment_id=order.payment_id, reason=reason,
        refund_id=new_id("rfd"), lines=tuple(StockLine(sku=row.sku, quantity=row.quantity) for row in rows),
        items=tuple(
            ShippedItem(sku=row.sku, title=row.title, quantity=row.quantity) for row in rows if row.requires_shipping
        ),
        address=PostalAddress(**order.shipping_address) if order.shipping_address else None,
        method=order.shipping_option,
        weight_g=sum(row.weight_g * row.quantity for row in rows if row.requires_shipping),
    )
