"""Placing an order: the saga in which the commands of five modules meet."""

from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from modules.cart.interface import Cart, CartView
from modules.checkout import limits, orders
from modules.checkout.interface import (
    CartChanged,
    Placement,
    PriceChanged,
    PricedLine,
    RequirementsMissing,
    Totals,
)
from modules.checkout.ordering import recount
from modules.checkout.quoting import Wishes, assess_cart
from modules.inventory.interface import Inventory, Reservation, ReservationLost, StockLine
from modules.payments.interface import Payments
from modules.shipping.interface import ShippedItem, Shipping, ShippingOption
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.interface import Key, NotFound, Refusal, Value, connect
from storefront.money import Money
from storefront.sagas import Pivot, Run, Saga, Step

cart = connect(Cart)
inventory = connect(Inventory)
payments = connect(Payments)
shipping = connect(Shipping)

AMPLE = timedelta(minutes=5)
"""Left of what the stock is held for when the order is placed: whoever is to give it to the order may die first."""


class Placing(Value):
    """All that is known of an order on its way. It is the order's draft."""

    saga_id: str
    order_id: str
    checkout_id: str
    wishes: Wishes
    payment_id: str
    shipment_id: str
    expected_total: Money | None = None
    frozen: CartView | None = None
    lines: tuple[PricedLine, ...] = ()
    totals: Totals | None = None
    option: ShippingOption | None = None
    held_until: datetime | None = None
    serial: int = 0
    placed_at: datetime | None = None
    is_waiting: bool = False  # for units to arrive, or for an operator: nothing leaves yet
    is_flagged: bool = False  # an operator is to look before anything leaves, whatever arrives

    @property
    def total(self) -> Money:
        """What the shopper pays; known once the order is quoted."""
        assert self.totals
        return self.totals.total

    @property
    def stock_lines(self) -> tuple[StockLine, ...]:
        """What is taken from stock."""
        return tuple(StockLine(sku=line.sku, quantity=line.quantity) for line in self.lines)


def freeze_cart(state: Placing, *, key: Key) -> Placing:
    """Nobody edits the cart from here on."""
    frozen = cart.freeze(key=key, cart_id=state.wishes.cart_id, claim=state.order_id)
    return msgspec.structs.replace(state, frozen=frozen)


def thaw_cart(state: Placing, *, key: Key) -> None:
    """The shopper may edit the cart again."""
    cart.thaw(key=key, cart_id=state.wishes.cart_id, claim=state.order_id)


def quote(state: Placing, *, key: Key) -> Placing:
    """Prices, ways to deliver and taxes are asked once more; the shopper's own total decides."""
    assert state.frozen
    assessment = assess_cart(state.frozen, state.wishes)
    gone = next((need for need in assessment.requirements if need.code in ("cart_empty", "line_unavailable")), None)
    if gone:
        raise CartChanged(why=gone.detail)
    if assessment.requirements:
        raise RequirementsMissing(requirements=assessment.requirements)
    if state.expected_total not in (None, assessment.totals.total):
        raise PriceChanged(current_total=assessment.totals.total)
    limits.check(assessment.lines, email=state.wishes.email)
    return msgspec.structs.replace(
        state, lines=assessment.lines, totals=assessment.totals, option=assessment.option
    )


def keep_quote(state: Placing, *, key: Key) -> None:
    """Nothing was obtained, so nothing is given back."""


def reserve_stock(state: Placing, *, key: Key) -> Placing:
    """Hold the stock; what is still to arrive is noted on its line."""
    reservation = inventory.reserve(key=key, order_id=state.order_id, lines=state.stock_lines)
    state = msgspec.structs.replace(state, held_until=reservation.expires_at)
    late = {line.sku: line.backordered for line in reservation.lines if line.backordered}
    if not late:
        return state
    lines = tuple(msgspec.structs.replace(line, backordered=late.get(line.sku, 0)) for line in state.lines)
    return msgspec.structs.replace(state, lines=lines, is_waiting=True)


def release_stock(state: Placing, *, key: Key) -> None:
    """Sell it to others."""
    inventory.release(key=key, order_id=state.order_id)


def authorize_payment(state: Placing, *, key: Key) -> Placing | None:
    """Set the money aside; an order that costs nothing has no payment."""
    if state.total.is_zero:
        return None
    assert state.wishes.payment
    payment = payments.authorize(
        key=key, payment_id=state.payment_id, order_id=state.order_id, amount=state.total,
        provider=state.wishes.payment.provider, token=state.wishes.payment.token,
    )
    if payment.amount != state.total:  # the shopper confirmed another total at the bank before
        payments.void(key=f"{key}:void", payment_id=state.payment_id)  # a refused step is not undone
        raise PriceChanged(current_total=state.total)
    return _held_long_enough(state, key=f"{key}:extend")


def _held_long_enough(state: Placing, *, key: Key) -> Placing:
    """A bank that took its time took it from the stock's. The pivot refuses what is held no longer."""
    if state.held_until is None or state.held_until - clock.now() >= AMPLE:
        return state
    try:
        held_until = inventory.extend(key=key, order_id=state.order_id).expires_at
    except ReservationLost:
        held_until = clock.now()
    return msgspec.structs.replace(state, held_until=held_until)


def void_payment(state: Placing, *, key: Key) -> None:
    """Give the money back."""
    payments.void(key=key, payment_id=state.payment_id)


def place_order(state: Placing, *, now: datetime) -> Placing:
    """The point of no return: from here on the shopper has an order. Not with stock that others may have by now."""
    if state.held_until and now >= state.held_until:
        raise ReservationLost(order_id=state.order_id)
    limits.count(state.order_id, state.lines, email=state.wishes.email)
    serial = orders.place(state, now=now)
    return msgspec.structs.replace(state, serial=serial, placed_at=now)


def capture_payment(state: Placing, *, key: Key) -> Placing | None:
    """Take the money. If the bank goes back on its word, nothing leaves and an operator sees the order."""
    if state.total.is_zero:
        return None
    try:
        payments.capture(key=key, payment_id=state.payment_id, amount=state.total)
    except Refusal as refusal:
        orders.raise_flag(state.order_id, "payment_review", detail=str(refusal))
        return msgspec.structs.replace(state, is_waiting=True, is_flagged=True)
    return None


def commit_stock(state: Placing, *, key: Key) -> Placing | None:
    """The stock is the order's for good. If its time was over it is taken again, or an operator sees the order."""
    try:
        reservation = inventory.consume(key=key, order_id=state.order_id)
    except ReservationLost as refusal:
        orders.raise_flag(state.order_id, "stock_review", detail=str(refusal))
        return msgspec.structs.replace(state, is_waiting=True, is_flagged=True)
    differences = _differences(state, reservation)
    if not differences:
        return None
    with unit_of_work("checkout") as unit:
        unit.now = clock.now()
        waits = recount(order_id=state.order_id, differences=differences, now=unit.now)
    return msgspec.structs.replace(state, is_waiting=waits or state.is_flagged)


def _differences(state: Placing, reservation: Reservation) -> dict[str, int]:
    """Per SKU, how many more units are to arrive than when it was held; nobody announces what a held order gets."""
    noted = {line.sku: line.backordered for line in state.lines}
    late = {line.sku: line.backordered for line in reservation.lines}
    return {sku: late.get(sku, 0) - units for sku, units in noted.items() if late.get(sku, 0) != units}


def complete_cart(state: Placing, *, key: Key) -> None:
    """The cart has become an order; if its claim ran out and the shopper threw it away, there is nothing to do."""
    with suppress(NotFound):
        cart.complete(key=key, cart_id=state.wishes.cart_id, claim=state.order_id)


def arrange_shipping(state: Placing, *, key: Key) -> None:
    """Order the parcel, unless something has to be waited for."""
    items = shipped_items(state.lines)
    if state.is_waiting:
        return
    if not items:
        inventory.ship(key=key, order_id=state.order_id, lines=state.stock_lines)
        orders.note_fulfilled(state.order_id)
        return
    assert state.wishes.shipping_address
    shipment = shipping.arrange(
        key=key, shipment_id=state.shipment_id, order_id=state.order_id, method=state.wishes.shipping_option,
        address=state.wishes.shipping_address, items=items,
        weight_g=sum(line.weight_g * line.quantity for line in state.lines if line.requires_shipping),
    )
    orders.note_shipment(shipment)


def shipped_items(lines: tuple[PricedLine, ...]) -> tuple[ShippedItem, ...]:
    """What goes into the parcel."""
    return tuple(
        ShippedItem(sku=line.sku, title=line.title, quantity=line.quantity) for line in lines if line.requires_shipping
    )


class PlaceOrder(Saga, module="checkout", version=1, state=Placing):
    """From a cart to an order, or back to the cart."""

    steps = (
        Step("freeze cart", freeze_cart, undo=thaw_cart),
        Step("quote", quote, undo=keep_quote),
        Step("reserve stock", reserve_stock, undo=release_stock),
        Step("authorize payment", authorize_payment, undo=void_payment),
        Pivot("place the order", place_order),
        Step("capture payment", capture_payment),
        Step("commit stock", commit_stock),
        Step("complete cart", complete_cart),
        Step("arrange shipping", arrange_shipping),
    )


def placement_of(run: Run) -> Placement:
    """What the shopper hears: the order, or that it is on its way."""
    state: Placing = run.state
    order = orders.fresh_view(state) if run.is_past_pivot else None
    return Placement(order_id=state.order_id, checkout_id=state.checkout_id, order=order)
