"""Every kind of defect, planted: how it comes about, and whether it can be put right or only named."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db.models import F

from modules.cart.interface import Cart
from modules.checkout.events import OrderCanceled, OrderPlaced
from modules.inventory.interface import Inventory, StockLine
from modules.payments.disputes import record_dispute
from modules.payments.interface import Payments
from modules.payments.providers.protocol import Notice
from modules.payments.sandbox import bank
from modules.payments.voiding import begin_void
from modules.shipping.interface import Shipping
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.events import publish
from storefront.ids import new_id
from storefront.interface import connect
from storefront.money import Money
from tests.books.plant import Harm, Plant
from tests.books.sold import MUG, Sold, execute, unchecked, unguarded


def _changed(label: str, **values: Any) -> Harm:
    return lambda sold: sold.rows(label).update(**values)


def _gone(label: str, **rule: Any) -> Harm:
    return lambda sold: sold.rows(label).filter(**rule).delete()


def _with_delivery(**values: Any) -> Harm:
    """A delivery of an old fact that its subscriber has heard, and something about it."""

    def harm(sold: Sold) -> None:
        fact = sold.rows("payments.Outbox").get(type="payments.payment_captured")
        now = clock.now()
        row = {
            "event_id": fact.id, "subscriber": "checkout", "subject": fact.subject, "next_at": now, "lease_until": now,
        }
        sold.rows("payments.Delivery").create(**row | values)

    return harm


def _saga(**values: Any) -> Harm:
    return lambda sold: sold.rows("checkout.SagaRow").filter(saga="PlaceOrder").update(**values)


def _unheard(sold: Sold) -> None:
    fact = sold.rows("payments.Outbox").get(type="payments.payment_captured")
    sold.rows("checkout.Inbox").filter(event_id=fact.id).delete()


def _undead(sold: Sold) -> None:
    cart = connect(Cart).create(key=sold.world.key(), currency="EUR")
    connect(Cart).thaw(key=sold.world.key(), cart_id=cart.id, claim="ord_UNDEAD")
    sold.rows("cart.Cart").filter(id=cart.id).update(claim="ord_UNDEAD")


def _overheard(sold: Sold) -> None:
    with unit_of_work("checkout") as unit:
        unit.now = clock.now()
        publish(OrderCanceled(order_id=sold.order_id, reason=""))


def _told_backwards(sold: Sold) -> None:
    order = sold.order
    with unit_of_work("checkout") as unit:
        unit.now = clock.now()
        publish(OrderCanceled(order_id=order.id, reason=""))
    first = sold.rows("checkout.Outbox").get(type=OrderPlaced.event_type)
    sold.rows("checkout.Outbox").filter(id=first.id).delete()
    sold.rows("checkout.Order").update(status="canceled")
    first.id = new_id("evt")
    first.save(force_insert=True)


def _canceled(sold: Sold) -> None:
    """The order says so, and nothing else does."""
    sold.rows("checkout.Order").update(status="canceled", canceled_at=clock.now())


def _set_aside_in_part(sold: Sold) -> None:
    """Canceled as it was when only what had been taken went back; its bank holds the rest."""
    paid = connect(Payments).authorize(
        key=sold.world.key(), payment_id=new_id("pay"), order_id=sold.order_id, amount=Money(500, "EUR"),
        provider="sandbox", token="tok_visa",
    )
    connect(Payments).capture(key=sold.world.key(), payment_id=paid.id, amount=Money(400, "EUR"))
    sold.world.settle()
    sold.rows("checkout.Order").update(status="canceled", payment_id=paid.id)


def _second_payment(sold: Sold) -> None:
    paid = connect(Payments).authorize(
        key=sold.world.key(), payment_id=new_id("pay"), order_id=sold.order_id, amount=Money(500, "EUR"),
        provider="sandbox", token="tok_visa",
    )
    connect(Payments).capture(key=sold.world.key(), payment_id=paid.id, amount=Money(500, "EUR"))


def _set_aside(sold: Sold) -> None:
    connect(Payments).authorize(
        key=sold.world.key(), payment_id=new_id("pay"), order_id="ord_NOBODY", amount=Money(500, "EUR"),
        provider="sandbox", token="tok_visa",
    )
    sold.world.clock.advance(hours=3)


def _lost_order(sold: Sold) -> None:
    order = sold.order
    sold.rows("checkout.Checkout").update(order_id="")
    sold.rows("checkout.SagaRow").all().delete()
    order.delete()


def _lost_payment(sold: Sold) -> None:
    payment_id = sold.order.payment_id
    with unguarded("payments", "payments_ledgerentry"):
        for table in ("payments_ledgerentry", "payments_attempt"):
            execute("payments", f"DELETE FROM {table} WHERE payment_id = %s", payment_id)
    sold.rows("payments.Payment").filter(id=payment_id).delete()


def _without_ledger(sold: Sold) -> None:
    with unguarded("payments", "payments_ledgerentry"):
        execute("payments", "DELETE FROM payments_ledgerentry")


def _refunded_at_the_bank(sold: Sold) -> None:
    execute("payments", "UPDATE bank_payment SET refunded = captured")


def _poorer_bank(sold: Sold) -> None:
    execute("payments", "UPDATE bank_payment SET captured = captured - 1")


def _given_back_twice(sold: Sold) -> None:
    """Refunded and charged back, before anybody was alarmed about that."""
    payment = sold.rows("payments.Payment").get()
    amount = Money(payment.captured, payment.currency)
    connect(Payments).refund(
        key=sold.world.key(), payment_id=payment.id, refund_id="rfd_1", amount=amount, reason="chipped"
    )
    with unit_of_work("payments") as unit:
        unit.now = clock.now()
        notice = Notice(
            event_id="evt_1", type="disputed", name="payment.disputed", reference=payment.reference, amount=amount
        )
        record_dispute("sandbox", notice, now=unit.now)
    sold.rows("payments.Payment").update(alarm="")


def _webhook_of_nothing(sold: Sold) -> None:
    """A notice that was tried ten times."""
    sold.rows("payments.WebhookReceipt").create(
        provider="sandbox", event_id="evt_OF_NOTHING", name="payment.captured", body=b"{}", notice="{}",
        received_at=clock.now(), attempts=10, result="NotYet: no attempt has the key 'FIG'",
    )


def _lost_at_the_bank(sold: Sold) -> None:
    execute("payments", "DELETE FROM bank_payment")


def _charge_of_nobody(sold: Sold) -> None:
    bank.authorize(key="authorize:pay_LOST", amount=Money(5, "EUR"), token="tok_visa", return_path="")
    sold.world.clock.advance(minutes=11)


def _held_by_nobody(sold: Sold) -> None:
    lines = (StockLine(sku=MUG, quantity=1),)
    connect(Inventory).reserve(key=sold.world.key(), order_id="ord_NOBODY", lines=lines)


def _overdue(sold: Sold) -> None:
    _held_by_nobody(sold)
    sold.world.clock.advance(minutes=16)


def _owned_by_nobody(sold: Sold) -> None:
    _held_by_nobody(sold)
    connect(Inventory).consume(key=sold.world.key(), order_id="ord_NOBODY")


def _owned_after_a_void(sold: Sold) -> None:
    paid = connect(Payments).authorize(
        key=sold.world.key(), payment_id=new_id("pay"), order_id="ord_NOBODY", amount=Money(500, "EUR"),
        provider="sandbox", token="tok_visa",
    )
    connect(Payments).void(key=sold.world.key(), payment_id=paid.id)
    _owned_by_nobody(sold)


def _forgotten_stock(sold: Sold) -> None:
    """Inventory as it was before the order."""
    for table in ("inventory_reservationline", "inventory_reservation", "inventory_movement"):
        execute("inventory", f"DELETE FROM {table} WHERE order_id = %s", sold.order_id)
    sold.rows("inventory.Level").update(allocated=0)


def _only_held(sold: Sold) -> None:
    """Inventory as it was before the stock was allocated."""
    _forgotten_stock(sold)
    lines = (StockLine(sku=MUG, quantity=2),)
    connect(Inventory).reserve(key=sold.world.key(), order_id=sold.order_id, lines=lines)


def _never_arrived(sold: Sold) -> None:
    """Checkout as it was before the units came in."""
    sold.rows("checkout.OrderLine").update(backordered=1)
    sold.rows("checkout.Order").update(fulfilment_status="backordered")


def _never_missed(sold: Sold) -> None:
    """Checkout as if all had been there at once."""
    connect(Inventory).change_policy(
        key=sold.world.key(), sku=MUG, low_stock_threshold=0, backorder_limit=20
    )
    sold.another(20)
    sold.rows("checkout.OrderLine").update(backordered=0)
    sold.rows("checkout.OrderFlag").all().delete()


def _left_on_the_shelf(sold: Sold) -> None:
    """Inventory as it was before the parcel left."""
    sold.rows("checkout.Order").update(fulfilment_status="fulfilled", dispatched_at=clock.now())
    _dispatched(sold)
    sold.rows("checkout.SagaRow").filter(saga="ShipStock").delete()


def _dispatched(sold: Sold) -> None:
    connect(Shipping).dispatch(key=sold.world.key(), shipment_id=sold.order.shipment_id)
    sold.rows("shipping.Delivery").all().delete()
    for fact in sold.rows("shipping.Outbox"):
        sold.rows("checkout.Inbox").get_or_create(event_id=fact.id, defaults={"received_at": clock.now()})


def _forgotten_parcel(sold: Sold) -> None:
    with unguarded("shipping", "shipping_shipmentevent"):
        execute("shipping", "DELETE FROM shipping_shipmentevent")
    execute("shipping", "DELETE FROM shipping_shipment")


def _second_parcel(sold: Sold) -> None:
    row = sold.rows("shipping.Shipment").get()
    row.id, row.tracking_number = new_id("shp"), "SB-SECOND"
    row.save(force_insert=True)
    row.history.create(
        kind="arranged", tracking_status="pre_transit", occurred_at=row.tracked_at, recorded_at=row.tracked_at
    )


def _later_parcel(sold: Sold) -> None:
    """The order was held and released since the minute that checkout remembers."""
    _second_parcel(sold)
    now = clock.now()
    remembered = sold.rows("shipping.Shipment").get(id=sold.order.shipment_id)
    remembered.status, remembered.canceled_at = "canceled", now
    remembered.save()
    remembered.history.create(kind="canceled", occurred_at=now, recorded_at=now)


def _believed_to_have_left(sold: Sold) -> None:
    sold.rows("checkout.Order").update(fulfilment_status="fulfilled", dispatched_at=clock.now())
    lines = (StockLine(sku=MUG, quantity=2),)
    connect(Inventory).ship(key=sold.world.key(), order_id=sold.order_id, lines=lines)


def _report_left_lying(sold: Sold) -> None:
    sold.rows("shipping.CarrierReport").create(
        carrier="sandbox", event_id="evt_1", received_at=clock.now() - timedelta(hours=1),
        body=msgspec.json.encode({
            "type": "tracking.updated",
            "data": {"tracking_number": "SB1", "status": "in_transit", "occurred_at": clock.now(), "note": ""},
        }),
    )


def _wrong_status(status: str) -> Harm:
    return lambda sold: sold.rows("inventory.Reservation").update(status=status)


def _open_attempt(sold: Sold, **values: Any) -> None:
    """A refund that was decided, and whose outcome nobody has asked for."""
    sold.rows("payments.Payment").update(refund_pending=100)
    sold.rows("payments.Attempt").create(
        key=f"refund:{sold.order.payment_id}:rfd_1", payment_id=sold.order.payment_id, kind="refund", amount=100,
        refund_id="rfd_1", started_at=clock.now(), **values,
    )


def _cheaper(sold: Sold) -> None:
    sold.rows("checkout.Order").update(subtotal_minor=F("subtotal_minor") - 1, total_minor=F("total_minor") - 1)


def _too_much(sold: Sold) -> None:
    with unchecked("checkout", "checkout_order", "checkout_order_parts_are_the_total"):
        sold.rows("checkout.Order").update(total_minor=F("total_minor") + 1)


def _void_left_undone(sold: Sold) -> None:
    """It was decided that the money goes back, and nobody asks the bank for it any more."""
    paid = connect(Payments).authorize(
        key=sold.world.key(), payment_id=new_id("pay"), order_id="ord_NOBODY", amount=Money(500, "EUR"),
        provider="sandbox", token="tok_visa",
    )
    with unit_of_work("payments") as unit:
        unit.now = clock.now()
        begin_void(paid.id, now=unit.now)
    sold.rows("payments.Attempt").filter(payment_id=paid.id).update(due_at=clock.now() + timedelta(days=300))
    sold.world.clock.advance(minutes=11)


def _shared_reference(sold: Sold) -> None:
    paid = connect(Payments).authorize(
        key=sold.world.key(), payment_id=new_id("pay"), order_id="ord_NOBODY", amount=Money(500, "EUR"),
        provider="sandbox", token="tok_visa",
    )
    connect(Payments).void(key=sold.world.key(), payment_id=paid.id)
    reference = sold.rows("payments.Payment").get(id=sold.order.payment_id).reference
    sold.rows("payments.Payment").filter(id=paid.id).update(reference=reference)


def _filled_up(sold: Sold) -> str:
    """A cart with a mug."""
    cart = connect(Cart).create(key=sold.world.key(), currency="EUR")
    connect(Cart).add_line(key=sold.world.key(), cart_id=cart.id, sku=MUG, quantity=1)
    return str(cart.id)


def _too_many_units(sold: Sold) -> None:
    sold.rows("cart.Line").filter(cart_id=_filled_up(sold)).update(quantity=10_000)


def _too_many_lines(sold: Sold) -> None:
    line = sold.rows("cart.Line").get(cart_id=_filled_up(sold))
    for number in range(100):
        line.id, line.sku = new_id("lin"), f"{MUG}-{number}"
        line.save(force_insert=True)


def _reopened(sold: Sold) -> None:
    sold.rows("cart.Cart").update(completed_at=None)


PLANTS = [
    # the platform
    Plant("delivery.dead", _with_delivery(is_dead=True), is_derivable=False),
    Plant("delivery.stranded", _with_delivery(next_at=clock.now() + timedelta(days=300))),
    Plant("delivery.of_nothing", _with_delivery(event_id="evt_GONE")),
    Plant("delivery.overdue", _with_delivery(), is_derivable=False),
    Plant("delivery.missing", _unheard, proves=("I7",)),
    Plant("saga.parked", _saga(status="parked", next_at=None, error="FIG"), is_derivable=False, proves=("I8",)),
    Plant("saga.unscheduled", _saga(status="running", next_at=None, step=8), proves=("I8",)),
    Plant("saga.stranded", _saga(status="running", next_at=clock.now() + timedelta(days=300), step=8), proves=("I8",)),
    Plant("saga.overdue", _saga(status="running", next_at=clock.now(), step=1), is_derivable=False, proves=("I8",)),
    Plant("saga.unknown", _saga(status="running", next_at=clock.now(), version=99), is_derivable=False),
    # cart
    Plant("cart.undead_claim", _undead),
    Plant("cart.no_such_currency", _changed("cart.Cart", currency="ZZZ"), is_derivable=False),
    Plant("cart.too_many_units", _too_many_units, is_derivable=False),
    Plant("cart.too_many_lines", _too_many_lines, is_derivable=False),
    Plant("cart.changed_before_birth", _changed("cart.Cart", updated_at=clock.now() - timedelta(days=9)), False),
    # catalog
    Plant("catalog.listing_differs", _changed("catalog.Listing", card="{}")),
    Plant("catalog.path_differs", lambda sold: sold.rows("catalog.Category").filter(slug="mugs").update(path="cups")),
    Plant("catalog.shown_differs", _changed("catalog.Availability", shown="FIG")),
    Plant("catalog.availability_differs", _changed("catalog.Availability", band="out_of_stock", shown="out_of_stock")),
    Plant("catalog.availability_differs", _changed("catalog.Availability", sequence=99)),
    Plant("catalog.availability_differs", _gone("catalog.Availability")),
    # inventory
    Plant("inventory.level_differs_from_movements", _changed("inventory.Level", on_hand=9), proves=("I1",)),
    Plant("inventory.level_differs_from_orders", _changed("inventory.Level", allocated=1), proves=("I1",)),
    Plant("inventory.backorder_differs", _changed("inventory.StockItem", backordered=3), proves=("I1",)),
    Plant("inventory.line_differs_from_movements", _changed("inventory.ReservationLine", held=1), proves=("I1",)),
    Plant("inventory.movements_without_line", _gone("inventory.ReservationLine"), proves=("I1",)),
    Plant("inventory.movements_without_level", _gone("inventory.Level"), proves=("I1",)),
    Plant(
        "inventory.below_zero", lambda sold: sold.rows("inventory.Movement").filter(kind="received").delete(),
        is_derivable=False, proves=("I1",),
    ),
    Plant("inventory.line_without_reservation", lambda sold: execute("inventory", "DELETE FROM inventory_reservation")),
    Plant("inventory.ended_reservation_holds", _wrong_status("expired")),
    Plant("inventory.held_past_expiry", _overdue, proves=("I9",)),
    # payments
    Plant("payments.without_ledger", _without_ledger, is_derivable=False),
    Plant("payments.differs_from_ledger", _changed("payments.Payment", captured=1), proves=("I4",)),
    Plant("payments.attempt_unscheduled", lambda sold: _open_attempt(sold, due_at=None)),
    Plant("payments.attempt_overdue", lambda sold: _open_attempt(sold, due_at=clock.now() - timedelta(hours=2)), False),
    Plant("payments.alarmed", _changed("payments.Payment", alarm="FIG"), is_derivable=False),
    Plant("payments.given_back_twice", _given_back_twice, is_derivable=False),
    Plant("payments.webhook_given_up", _webhook_of_nothing, is_derivable=False),
    Plant("payments.void_unfinished", _void_left_undone, proves=("I3",)),
    Plant("payments.shared_reference", _shared_reference, is_derivable=False, proves=("I5",)),
    Plant("payments.unknown_to_us", _charge_of_nobody, is_derivable=False, proves=("I5",)),
    Plant("payments.unknown_to_bank", _lost_at_the_bank, is_derivable=False, proves=("I5",)),
    Plant("payments.differs_from_bank", _refunded_at_the_bank, proves=("I5",)),
    Plant("payments.differs_from_bank", _poorer_bank, is_derivable=False, proves=("I5",)),
    # shipping
    Plant("shipping.never_left", _changed("shipping.Shipment", status="dispatched")),
    Plant("shipping.differs_from_history", _changed("shipping.Shipment", dispatched_at=clock.now())),
    Plant("shipping.tracking_differs", _changed("shipping.Shipment", tracking_status="in_transit")),
    Plant("shipping.report_waits", _report_left_lying),
    # checkout by itself
    Plant("checkout.order_without_lines", _gone("checkout.OrderLine"), is_derivable=False),
    Plant("checkout.tax_differs", _changed("checkout.OrderLine", tax_minor=99_999), is_derivable=False),
    Plant("checkout.subtotal_differs", _changed("checkout.OrderLine", total_minor=F("total_minor") + 1), False),
    Plant("checkout.total_differs", _too_much, is_derivable=False, proves=("I4",)),
    Plant("checkout.checkout_of_no_order", _changed("checkout.Checkout", order_id="ord_GONE"), is_derivable=False),
    Plant("checkout.event_missing", _gone("checkout.Outbox", type=OrderPlaced.event_type), proves=("I6",)),
    Plant("checkout.event_doubled", _overheard, is_derivable=False, proves=("I6",)),
    Plant("checkout.event_out_of_order", _told_backwards, is_derivable=False, proves=("I6",)),
    # checkout and payments
    Plant("checkout.order_lost", _lost_order, is_derivable=False, proves=("I2", "I3")),
    Plant("checkout.paid_twice", _second_payment, is_derivable=False, proves=("I3",)),
    Plant("checkout.set_aside_for_nothing", _set_aside, is_derivable=False, proves=("I3",)),
    Plant("checkout.canceled_and_kept", _canceled, is_derivable=False, proves=("I3",)),
    Plant("checkout.canceled_and_set_aside", _set_aside_in_part, proves=("I3",)),
    Plant("checkout.captured_differs", _cheaper, is_derivable=False, proves=("I3",)),
    Plant("checkout.payment_unknown", _lost_payment, proves=("I5",)),
    Plant("checkout.payment_not_heard", _changed("checkout.Order", captured_minor=0, payment_status="authorized")),
    Plant("checkout.payment_not_heard", _changed("checkout.Order", payment_status="voided")),
    Plant("checkout.believes_in_more_money", _changed("checkout.Order", captured_minor=99_999), is_derivable=False),
    # checkout and inventory
    Plant("checkout.stock_of_nobody", _held_by_nobody, proves=("I9",)),
    Plant("checkout.stock_of_lost_order", _owned_by_nobody, is_derivable=False),
    Plant("checkout.stock_of_lost_order", _owned_after_a_void),
    Plant("checkout.stock_of_canceled_order", _canceled),
    Plant("checkout.stock_not_allocated", _only_held),
    Plant("checkout.stock_not_shipped", _left_on_the_shelf),
    Plant("checkout.order_without_stock", _forgotten_stock),
    Plant("checkout.arrivals_differ", _never_arrived),
    Plant("checkout.arrivals_differ", _never_missed),
    # checkout and shipping
    Plant("checkout.parcel_of_lost_order", _lost_order, is_derivable=False),
    Plant("checkout.parcel_of_canceled_order", _canceled),
    Plant("checkout.parcel_of_another_time", _second_parcel, is_derivable=False),
    Plant("checkout.parcel_of_another_time", _later_parcel),
    Plant("checkout.parcel_not_heard", _dispatched),
    Plant("checkout.parcel_behind", _believed_to_have_left),
    Plant("checkout.order_without_parcel", _forgotten_parcel),
    # checkout and cart
    Plant("checkout.cart_of_lost_order", _lost_order, is_derivable=False),
    Plant("checkout.cart_not_completed", _reopened),
]
