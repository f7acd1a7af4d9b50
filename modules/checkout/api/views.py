"""Checkouts for whoever holds their id; orders for their guest, and for machines with a scope."""

import hmac
from typing import Any, cast

from django.http import HttpResponse
from rest_framework.request import Request

from modules.checkout.api.shapes import (
    CheckoutChange,
    CheckoutOut,
    Completion,
    NewCheckout,
    OrderFilter,
    OrderOut,
    OrderQuery,
    OrderRow,
    Processing,
    Reason,
)
from modules.checkout.interface import (
    COMPLETING,
    AlreadyCompleted,
    AlreadyCompleting,
    CartChanged,
    Checkout,
    CheckoutChanged,
    NotCancelable,
    NotHoldable,
    OrderBusy,
    OrderSummary,
    OrderView,
    TotalTooLarge,
)
from modules.checkout.queries import number_of_orders
from modules.payments.interface import UnknownProvider
from storefront.interface import NotFound, connect
from storefront.rest import ModuleView, Page, answered, created, documented, read, read_query
from storefront.rest.keys import Machine
from storefront.rest.pagination import Keyset, paged

_checkout = connect(Checkout)
_NEWEST = Keyset("-serial", types=[int])


class CheckoutList(ModuleView):
    """Where checkouts are opened. There is no list of them: an id is a secret."""

    throttle = "checkout.write"

    @documented(
        request=NewCheckout, answers={201: CheckoutOut},
        refuses=(NotFound, CartChanged, UnknownProvider, TotalTooLarge),
    )
    def post(self, request: Request) -> HttpResponse:
        """Begin to buy a cart."""
        wanted = read(NewCheckout, request)
        view = _checkout.open(key=self.key(request), cart_id=wanted.cart, details=wanted.details())
        return created(CheckoutOut.of(view), etag=view.version, location=f"/api/v1/checkouts/{view.id}")


class CheckoutDetail(ModuleView):
    """One checkout."""

    throttle = {"patch": "checkout.write"}

    @documented(answers={200: CheckoutOut}, refuses=(NotFound, CartChanged, TotalTooLarge))
    def get(self, request: Request, checkout_id: str) -> HttpResponse:
        """A checkout with today's prices, what is missing, and the ways to deliver."""
        request.META.pop("HTTP_IF_NONE_MATCH", None)  # the version does not count prices
        view = _checkout.checkout(checkout_id=checkout_id)
        return answered(CheckoutOut.of(view), etag=view.version)

    @documented(
        request=CheckoutChange, answers={200: CheckoutOut}, version="accepted",
        refuses=(
            NotFound, CheckoutChanged, CartChanged, AlreadyCompleting, AlreadyCompleted, UnknownProvider, TotalTooLarge,
        ),
    )
    def patch(self, request: Request, checkout_id: str) -> HttpResponse:
        """Tell a checkout more."""
        wanted = read(CheckoutChange, request)
        view = _checkout.change(
            key=self.key(request), checkout_id=checkout_id, details=wanted.details(),
            expected_version=self.expected_version(request),
        )
        return answered(CheckoutOut.of(view), etag=view.version)


class Complete(ModuleView):
    """The one hard gate."""

    throttle = "checkout.complete"

    @documented(request=Completion, answers={201: OrderOut, 202: Processing}, refuses=COMPLETING, key_required=True)
    def post(self, request: Request, checkout_id: str) -> HttpResponse:
        """Place the order. 202 if it takes longer than 2 seconds: then look where `order` says."""
        wanted = read(Completion, request)
        placement = _checkout.complete(
            key=self.key(request, required=True), checkout_id=checkout_id, expected_total=wanted.expected_total
        )
        url = f"/api/v1/orders/{placement.order_id}"
        if placement.order is None:
            where = f"{url}?checkout={checkout_id}"
            return answered(Processing(status="processing", order=where), status=202, headers={"Location": where})
        return created(OrderOut.of(placement.order), etag=placement.order.version, location=url)


class OrderList(ModuleView):
    """All orders, for machines."""

    required_scope = "orders:read"

    @documented(query=OrderFilter, answers={200: Page[OrderRow]})
    def get(self, request: Request) -> HttpResponse:
        """Orders, newest first."""
        wanted = read_query(OrderFilter, request)
        place = _NEWEST.place(wanted.cursor)
        serial = place.values[0] if place else None
        is_backward = place is not None and place.is_backward
        filters = _filters(wanted)
        found = _checkout.orders(
            before=None if is_backward else serial, after=serial if is_backward else None, limit=wanted.limit + 1,
            **filters,
        )
        return answered(
            paged(
                request, found, keyset=_NEWEST, place=place, limit=wanted.limit, show=_row,
                values=lambda row: [row.serial], count=number_of_orders(**filters) if wanted.count else None,
            )
        )


def _filters(wanted: OrderFilter) -> dict[str, Any]:
    return {
        "status": wanted.status or "", "payment_status": wanted.payment_status or "",
        "fulfilment_status": wanted.fulfilment_status or "", "flag": wanted.flag, "placed_after": wanted.placed_after,
    }


def _row(order: OrderSummary) -> OrderRow:
    return OrderRow(
        id=order.id, number=order.number, status=order.status, payment_status=order.payment_status,
        fulfilment_status=order.fulfilment_status, flags=order.flags, email=order.email, total=order.total,
        placed_at=order.placed_at,
    )


class OrderDetail(ModuleView):
    """One order."""

    @documented(query=OrderQuery, answers={200: OrderOut}, refuses=(NotFound,))
    def get(self, request: Request, order_id: str) -> HttpResponse:
        """An order, for the guest who shows the id of its checkout, or for a machine with `orders:read`."""
        shown = read_query(OrderQuery, request).checkout
        order = _checkout.order(order_id=order_id)
        machine = cast("Machine | None", request.auth)
        may_read_all = machine is not None and "orders:read" in machine.scopes
        if not may_read_all and not hmac.compare_digest(shown.encode(), order.checkout_id.encode()):
            raise NotFound(kind="order", id=order_id)
        return answered(OrderOut.of(order), etag=order.version)


class OrderAction(ModuleView):
    """What operators' machines do with an order."""

    required_scope = "orders:write"

    def shown(self, order: OrderView) -> HttpResponse:
        """The order as it stands; the work goes on behind."""
        return answered(OrderOut.of(order), status=202, etag=order.version)


class Cancel(OrderAction):
    """Shipment, stock and money go back."""

    @documented(
        request=Reason, answers={202: OrderOut}, refuses=(NotFound, NotCancelable, OrderBusy), key_required=True
    )
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Begin to cancel the order."""
        wanted = read(Reason, request)
        return self.shown(
            _checkout.cancel(
                key=self.key(request, required=True), order_id=order_id, reason=wanted.reason or "canceled",
                actor=actor_of(request),
            )
        )


class Hold(OrderAction):
    """Nothing leaves."""

    @documented(request=Reason, answers={202: OrderOut}, refuses=(NotFound, NotHoldable, OrderBusy))
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Keep the order from leaving until it is released."""
        wanted = read(Reason, request)
        return self.shown(
            _checkout.hold(key=self.key(request), order_id=order_id, reason=wanted.reason, actor=actor_of(request))
        )


class Release(OrderAction):
    """It may leave."""

    @documented(answers={202: OrderOut}, refuses=(NotFound, NotHoldable, OrderBusy))
    def post(self, request: Request, order_id: str) -> HttpResponse:
        """Let an order leave that was held, or whose backordered units have come in."""
        return self.shown(_checkout.release(key=self.key(request), order_id=order_id, actor=actor_of(request)))


def actor_of(request: Request) -> str:
    """Who it was, for the order's timeline."""
    machine = cast("Machine | None", request.auth)
    return f"key {machine.prefix}" if machine else "guest"
