"""The bodies of the commands about placed orders. Each begins a saga that does the work."""

from collections.abc import Mapping
from datetime import datetime

from django.apps import apps
from django.db.models import F, Value
from django.db.models.functions import Greatest

from modules.checkout import orders
from modules.checkout.following import CancelOrder, HoldOrder, ReleaseOrder, following
from modules.checkout.interface import NotCancelable, NotHoldable, OrderBusy, OrderView
from modules.checkout.models import Order, OrderFlag, OrderLine, TimelineEntry
from modules.checkout.queries import view_of
from storefront.ids import new_id
from storefront.interface import NotFound
from storefront.sagas import start


def cancel(*, order_id: str, reason: str, actor: str, now: datetime) -> OrderView:
    """Begin to cancel an order: its shipment, its stock, its money."""
    order = _locked(order_id)
    if order.status == "canceled":
        raise NotCancelable(order_id=order_id, state=order.status)
    if order.dispatched_at or order.fulfilment_status in ("fulfilled", "delivered"):
        raise NotCancelable(order_id=order_id, state=order.fulfilment_status)
    _work_on(order, CancelOrder, reason=reason)
    orders.note(order_id, "cancel_requested", now=now, detail=f"{actor}: {reason}")
    return view_of(order)


def hold(*, order_id: str, reason: str, actor: str, now: datetime) -> OrderView:
    """Keep an order from leaving until it is released."""
    order = _locked(order_id)
    if order.held_at or order.status == "canceled" or order.dispatched_at:
        raise NotHoldable(order_id=order_id, why="it is held, canceled or dispatched")
    _work_on(order, HoldOrder, reason=reason)
    orders.note(order_id, "hold_requested", now=now, detail=f"{actor}: {reason}")
    return view_of(order)


def release(*, order_id: str, actor: str, now: datetime) -> OrderView:
    """Let an order leave that was held, or that waited; one whose units have not come in goes on waiting."""
    order = _locked(order_id)
    is_waiting = order.fulfilment_status in ("unfulfilled", "backordered") and not order.tracking_number
    if order.status == "canceled" or not (order.held_at or is_waiting) or not order.shipping_address:
        raise NotHoldable(order_id=order_id, why="it is neither held nor waiting")
    if not _waits(order):
        _let_leave(order, now=now, actor=actor)
    elif order.held_at:
        orders.changed(order.id, held_at=None)
        orders.note(order.id, "released", now=now, detail=actor)
        order.refresh_from_db()
    else:
        raise NotHoldable(order_id=order_id, why="it waits for units that have not come in")
    return view_of(order)


def fill_backorder(*, order_id: str, sku: str, quantity: int, now: datetime) -> None:
    """Units that an order waited for have come in; with the last of them it leaves by itself.

    :raises NotFound: there is no such order
    :raises OrderBusy: another saga works on it; hear the fact again later
    """
    order = _locked(order_id)
    _add_to_arrive(order, sku, -quantity)
    orders.note(order_id, "backorder_filled", now=now, detail=f"{quantity} x {sku}")
    if order.status != "placed" or _waits(order):
        return
    _resolve_backorder(order, now=now)
    if not order.held_at and not order.tracking_number and order.shipping_address:
        _let_leave(order, now=now, actor="stock arrived")


RECOUNTED = "stock_recounted"


def recount(*, order_id: str, differences: Mapping[str, int], now: datetime) -> bool:
    """What became of an order's stock between holding it and making it the order's own: units came in, or were lost.

    Counted once, however often it is told. differences: per SKU, units more that are still to arrive

    :returns: whether the order waits for units
    """
    order = _locked(order_id)
    if not TimelineEntry.objects.filter(order_id=order_id, kind=RECOUNTED).exists():
        for sku, units in differences.items():
            _add_to_arrive(order, sku, units)
            if units > 0:
                orders.flag(order_id, "backordered", sku=sku, detail=f"{units} more to arrive", now=now)
        told = ", ".join(f"{units:+} x {sku}" for sku, units in differences.items())
        orders.note(order_id, RECOUNTED, now=now, detail=f"to arrive: {told}")
        if not _waits(order):
            _resolve_backorder(order, now=now)
        orders.changed(order_id, fulfilment_status="backordered" if _waits(order) else "unfulfilled")
    return _waits(order)


def hear_arrivals(*, order_id: str, to_arrive: Mapping[str, int], now: datetime) -> None:
    """Units came in, or are still to come, and the order never heard of it. With the last of them it leaves.

    to_arrive: per SKU; none of those that are left out

    :raises OrderBusy: a saga works on it
    """
    order = _locked(order_id)
    for sku, known in OrderLine.objects.filter(order_id=order.serial).values_list("sku", "backordered").distinct():
        units = to_arrive.get(sku, 0) - known
        if units < 0:
            fill_backorder(order_id=order_id, sku=sku, quantity=-units, now=now)
        elif units > 0:
            _add_to_arrive(order, sku, units)
            orders.flag(order_id, "backordered", sku=sku, detail=f"{units} more to arrive", now=now)
            orders.changed(order_id, fulfilment_status="backordered")


def _add_to_arrive(order: Order, sku: str, units: int) -> None:
    OrderLine.objects.filter(order_id=order.serial, sku=sku).update(
        backordered=Greatest(F("backordered") + units, Value(0))
    )


def _waits(order: Order) -> bool:
    return OrderLine.objects.filter(order_id=order.serial, backordered__gt=0).exists()


def _resolve_backorder(order: Order, *, now: datetime) -> None:
    OrderFlag.objects.filter(order_id=order.id, code="backordered", resolved_at=None).update(
        resolved_at=now, resolved_by="stock arrived"
    )


def _let_leave(order: Order, *, now: datetime, actor: str) -> None:
    """Order a parcel under a new id: the one before was canceled with the hold, or never made."""
    shipment_id = new_id("shp")
    _work_on(order, ReleaseOrder, shipment_id=shipment_id)
    orders.changed(order.id, held_at=None, fulfilment_status="unfulfilled", shipment_id=shipment_id)
    orders.note(order.id, "released", now=now, detail=actor)
    order.refresh_from_db()


def resolve_flag(*, order_id: str, code: str, actor: str, now: datetime) -> None:
    """An operator has followed a flag up."""
    rows = OrderFlag.objects.filter(order_id=order_id, code=code, resolved_at=None)
    if not rows.update(resolved_at=now, resolved_by=actor):
        raise NotFound(kind="open flag", id=f"{order_id} {code}")
    orders.note(order_id, "flag_resolved", now=now, detail=f"{actor}: {code}")


def _locked(order_id: str) -> Order:
    order = Order.objects.select_for_update().filter(id=order_id).first()
    if order is None:
        raise NotFound(kind="order", id=order_id)
    return order


def _work_on(
    order: Order, saga: type[CancelOrder | HoldOrder | ReleaseOrder], *, reason: str = "", shipment_id: str = ""
) -> None:
    """One saga at a time works on an order.

    :raises OrderBusy: another one does
    """
    rows = apps.get_model("checkout", "SagaRow").objects
    busy = rows.filter(id=order.saga_id, status__in=("running", "undoing", "parked")).first()
    if busy:
        raise OrderBusy(order_id=order.id, work=busy.saga)
    run = start(saga, following(order, reason=reason, shipment_id=shipment_id), subject=order.id)
    orders.changed(order.id, saga_id=run.id)
