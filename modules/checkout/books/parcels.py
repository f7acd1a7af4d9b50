"""Orders against shipping: each parcel has its order, and each order that nothing keeps here its parcel."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from modules.checkout import handlers, orders
from modules.checkout.books.known import LOST, Known, Suspicion, check_given_back, confirmed
from modules.checkout.following import ReleaseOrder, following
from modules.checkout.models import Order, OrderLine
from modules.shipping.events import ShipmentDelivered, ShipmentDispatched, TrackingChanged
from modules.shipping.interface import ShipmentView, Shipping
from storefront import clock
from storefront.audit import Finding, NotDerivable
from storefront.audit.pages import look_again, pages_of
from storefront.database.unit import unit_of_work
from storefront.ids import new_id
from storefront.interface import NotFound, connect
from storefront.sagas import start

shipping = connect(Shipping)

PAGE = 100
"""Parcels in one answer: each lists what is in it."""

Said = Suspicion[ShipmentView]


def audit() -> Iterator[Finding]:
    """From shipping's side, then for orders that shipping has nothing for."""
    after = ""
    while page := shipping.books(after=after, limit=PAGE):
        yield from confirmed(page, _checked, _again)
        after = page[-1].id
    for placed in pages_of(Order.objects.filter(status="placed").exclude(shipping_address=None), key="serial"):
        for start_at in range(0, len(placed), PAGE):
            yield from _without(placed[start_at: start_at + PAGE])


def _again(page: Sequence[ShipmentView]) -> list[ShipmentView]:
    return [found for each in page if (found := _asked(each.id))]


def _asked(shipment_id: str) -> ShipmentView | None:
    try:
        return shipping.shipment(shipment_id=shipment_id)
    except NotFound:
        return None


def _checked(page: Sequence[ShipmentView]) -> Iterator[Said]:
    known = Known([parcel.order_id for parcel in page])
    for parcel in page:
        order = known.orders.get(parcel.order_id)
        if parcel.order_id in known.busy or parcel.status == "canceled":
            continue
        if order is None:
            yield parcel, Finding(
                f"Parcel {parcel.id} is {parcel.status} for order {parcel.order_id}, which is not known here.",
                code="checkout.parcel_of_lost_order", about=parcel.order_id, remedy=LOST,
                repair=partial(_call_back_what_was_returned, parcel.order_id, parcel.id),
            )
        elif order.status == "canceled":
            yield parcel, Finding(
                f"Parcel {parcel.id} is {parcel.status}, and its order {order.number} is canceled.",
                code="checkout.parcel_of_canceled_order", about=parcel.id, repair=partial(_call_back, parcel.id),
                remedy="It has left: ask the carrier to bring it back.",
            )
        elif order.shipment_id != parcel.id:
            yield parcel, Finding(
                f"Parcel {parcel.id} is {parcel.status} for order {order.number}, which knows {order.shipment_id}.",
                code="checkout.parcel_of_another_time", about=parcel.id, repair=partial(_adopt, order.id, parcel.id),
                remedy="Cancel one of the two before both leave.",
            )
        elif _heard(order) != (believed := _told(parcel)):
            yield parcel, _differs(order, parcel, believed)


class Where(NamedTuple):
    """What order and shipping both say of a parcel."""

    tracking_number: str
    has_left: bool
    has_arrived: bool
    tracking_status: str


def _heard(order: Order) -> Where:
    return Where(
        order.tracking_number, order.dispatched_at is not None, order.delivered_at is not None, order.tracking_status
    )


def _told(parcel: ShipmentView) -> Where:
    return Where(
        parcel.tracking_number, parcel.dispatched_at is not None, parcel.delivered_at is not None,
        parcel.tracking_status,
    )


def _differs(order: Order, parcel: ShipmentView, told: Where) -> Finding:
    heard = _heard(order)
    is_ahead = (heard.has_left, heard.has_arrived) > (told.has_left, told.has_arrived)
    return Finding(
        f"Order {order.number} knows its parcel {parcel.id} as {_said(heard)}, shipping as {_said(told)}.",
        code="checkout.parcel_behind" if is_ahead else "checkout.parcel_not_heard", about=order.id,
        repair=partial(_send if is_ahead else _hear, order.id),
        remedy="Ask the carrier where it is; its next report puts shipping right." if is_ahead else "",
    )


def _said(where: Where) -> str:
    state = "delivered" if where.has_arrived else "dispatched" if where.has_left else "here"
    return f"{where.tracking_number or 'without a label'}, {state}, {where.tracking_status}"


def _without(page: Sequence[Order]) -> Iterator[Finding]:
    """Placed orders that should have a parcel, and for which shipping has none under the id that they know."""
    missed = _unknown(page)
    if missed:
        look_again()
        missed = _unknown(missed)
    known = Known([order.id for order in missed])
    for order in missed:
        if _should_leave(known.orders[order.id], known):
            yield Finding(
                f"Order {order.number} is placed, and shipping has no parcel {order.shipment_id} for it.",
                code="checkout.order_without_parcel", about=order.id, repair=partial(_arrange, order.id),
                remedy="It may have left: ask the carrier for its number before another one is packed.",
            )


def _unknown(page: Sequence[Order]) -> list[Order]:
    known = set(shipping.known(shipment_ids=tuple(order.shipment_id for order in page)))
    return [order for order in page if order.shipment_id not in known]


def _should_leave(order: Order, known: Known) -> bool:
    if order.id in known.busy or order.held_at or known.has_flag(order.id, "payment_review", "stock_review"):
        return False
    lines = OrderLine.objects.filter(order_id=order.serial)
    return not lines.filter(backordered__gt=0).exists() and lines.filter(requires_shipping=True).exists()


def _arrange(order_id: str) -> str:
    with unit_of_work("checkout") as unit:
        unit.now = clock.now()
        order = Order.objects.select_for_update().get(id=order_id)
        if order.dispatched_at or order.delivered_at:
            raise NotDerivable("It has left.")
        run = start(ReleaseOrder, following(order, shipment_id=order.shipment_id), subject=order.id)
        orders.changed(order.id, saga_id=run.id)
    return f"Its parcel is ordered once more, under the same id, by saga {run.id}."


def _call_back(shipment_id: str) -> str:
    shipping.cancel(key=new_id("fix"), shipment_id=shipment_id)
    return "It is canceled."


def _call_back_what_was_returned(order_id: str, shipment_id: str) -> str:
    """A parcel stays at home only if money went back: else somebody has paid for it."""
    check_given_back(order_id)
    return _call_back(shipment_id)


def _adopt(order_id: str, shipment_id: str) -> str:
    """Take over a parcel that was ordered after what the order remembers, if the remembered one will not leave."""
    order, parcel = Order.objects.get(id=order_id), shipping.shipment(shipment_id=shipment_id)
    remembered = _asked(order.shipment_id)
    if remembered and remembered.status != "canceled":
        raise NotDerivable(f"Both are on their way: {remembered.id} is {remembered.status}.")
    _catch_up(order, parcel)
    return f"The order knows {shipment_id} now."


def _hear(order_id: str) -> str:
    order = Order.objects.get(id=order_id)
    _catch_up(order, shipping.shipment(shipment_id=order.shipment_id))
    return "The order knows what shipping knows."


def _catch_up(order: Order, parcel: ShipmentView) -> None:
    """As if the facts that were missed had been heard, each in a transaction of its own."""
    with unit_of_work("checkout") as unit:
        unit.now = clock.now()
        orders.note_shipment(parcel)
    facts: list[Callable[[], None]] = []
    if parcel.dispatched_at:
        left = ShipmentDispatched(order_id=order.id, shipment_id=parcel.id, items=parcel.items)
        facts.append(partial(handlers.note_dispatch, left))
    if parcel.delivered_at:
        arrived = ShipmentDelivered(order_id=order.id, shipment_id=parcel.id, delivered_at=parcel.delivered_at)
        facts.append(partial(handlers.note_delivery, arrived))
    tracking = TrackingChanged(order_id=order.id, shipment_id=parcel.id, tracking_status=parcel.tracking_status)
    facts.append(partial(handlers.note_tracking, tracking))
    for hear in facts:
        with unit_of_work("checkout") as unit:
            unit.now = clock.now()
            hear()


def _send(order_id: str) -> str:
    """Shipping itself had told that the carrier took it; that it arrived only the carrier can tell again."""
    order = Order.objects.get(id=order_id)
    parcel = shipping.shipment(shipment_id=order.shipment_id)
    if parcel.dispatched_at is not None or not order.dispatched_at:
        raise NotDerivable("That it arrived only its carrier can say again.")
    shipping.dispatch(key=new_id("fix"), shipment_id=parcel.id)
    return "Shipping knows again that it has left."
