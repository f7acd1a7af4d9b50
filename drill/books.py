"""What became of every purchase, read from the databases once everything has settled."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from drill.premises import Trouble
from drill.shopping import Bought

SETTLE_SECONDS = 300
MODULES = ("cart", "catalog", "checkout", "inventory", "payments", "shipping", "webhooks")

_ORDERS = """
SELECT orders.id, orders.cart_id, orders.total_minor,
    (SELECT coalesce(sum(bank.captured - bank.refunded), 0) FROM payments.bank_payment AS bank
        JOIN payments.payments_payment AS payment ON bank.id = payment.reference WHERE payment.order_id = orders.id),
    (SELECT count(*) FROM shipping.shipping_shipment AS shipment WHERE shipment.order_id = orders.id)
FROM checkout.checkout_order AS orders
"""


class Order(NamedTuple):
    """An order that is there. Amounts are minor units."""

    cart: str
    total: int
    captured: int
    """What the bank has taken for it, and not given back."""
    parcels: int


class Books(NamedTuple):
    """Counts of purchases gone wrong; all of them should be 0."""

    lost: list[str]
    """Orders that a shopper was told of and that are not there, not paid, or not on their way."""
    doubled: list[str]
    """Carts with two orders, and orders that were paid or sent twice."""
    failed: list[str]
    """Purchases that ended without an order for the shopper."""
    unknown: list[str]
    """Orders that are there and that no shopper was told of."""


def settle(url: str) -> float:
    """Wait until no event is owed and no saga is under way; the seconds that it took.

    :raises Trouble: it does not come to rest
    """
    owed = [f"(SELECT count(*) FROM {module}.{module}_delivery)" for module in MODULES]  # noqa: S608
    waiting = " + ".join([*owed, "(SELECT count(*) FROM checkout.checkout_sagarow WHERE next_at IS NOT NULL)"])
    began_at = time.monotonic()
    with psycopg.connect(url, autocommit=True) as connection:
        while (left := _rows(connection, f"SELECT {waiting}")[0][0]) > 0:
            if time.monotonic() - began_at > SETTLE_SECONDS:
                raise Trouble(f"{left} deliveries and sagas are not done after {SETTLE_SECONDS} s.")
            time.sleep(0.1)
    return time.monotonic() - began_at


def read(url: str) -> dict[str, Order]:
    """The orders that are there, by their ids."""
    with psycopg.connect(url, autocommit=True) as connection:
        return {row[0]: Order(*row[1:]) for row in _rows(connection, _ORDERS)}


def compared(orders: Mapping[str, Order], bought: Sequence[Bought]) -> Books:
    """What shoppers were told, held against what is there."""
    told = Counter(each.order for each in bought if each.order)
    lost = [order for order in told if order not in orders]
    doubled = [f"{order} was told to {count} shoppers" for order, count in told.items() if count > 1]
    carts = Counter(order.cart for order in orders.values())
    doubled += [f"cart {cart} has {count} orders" for cart, count in carts.items() if count > 1]
    for name, order in orders.items():
        stands = f"{name}: {order.captured} of {order.total} paid, {order.parcels} parcels"
        if order.captured < order.total or order.parcels < 1:
            lost.append(stands)
        if order.captured > order.total or order.parcels > 1:
            doubled.append(stands)
    failed = [each.heard for each in bought if not each.order]
    return Books(lost, doubled, failed, [order for order in orders if order not in told])


def _rows(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
