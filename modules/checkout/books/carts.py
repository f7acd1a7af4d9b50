"""Orders against carts: a cart became the order that was placed from it, and no order that is unknown here."""

from collections.abc import Iterator, Sequence
from functools import partial

from modules.cart.interface import Cart, Standing
from modules.checkout.books.known import LOST, Known, Suspicion, confirmed, is_given_back
from modules.checkout.models import Order
from storefront.audit import Finding
from storefront.audit.pages import asked_in_pages, pages_of
from storefront.ids import new_id
from storefront.interface import connect

cart = connect(Cart)

Said = Suspicion[Standing]


def audit() -> Iterator[Finding]:
    """A cart that is gone is no defect: carts are kept for a while only."""
    for completed in asked_in_pages(cart.books, key=lambda standing: standing.cart_id):
        yield from confirmed(completed, _lost, _again)
    for page in pages_of(Order.objects.filter(status="placed"), key="serial"):
        standings = cart.standings(cart_ids=tuple(order.cart_id for order in page))
        yield from confirmed(standings, partial(_open, {order.cart_id: order.id for order in page}), _again)


def _again(page: Sequence[Standing]) -> tuple[Standing, ...]:
    return cart.standings(cart_ids=tuple(standing.cart_id for standing in page))


def _lost(page: Sequence[Standing]) -> Iterator[Said]:
    known = Known([standing.order_id for standing in page])
    for standing in page:
        is_known = standing.order_id in known.orders or standing.order_id in known.busy
        if not is_known and not is_given_back(standing.order_id):
            yield standing, Finding(
                f"Cart {standing.cart_id} became order {standing.order_id}, which is not known here.",
                code="checkout.cart_of_lost_order", about=standing.order_id, remedy=LOST,
            )


def _open(order_ids: dict[str, str], page: Sequence[Standing]) -> Iterator[Said]:
    known = Known(order_ids.values())
    for standing in page:
        order_id = order_ids[standing.cart_id]
        if not standing.is_completed and order_id not in known.busy:
            yield standing, Finding(
                f"Order {order_id} is placed, and its cart {standing.cart_id} is still open.",
                code="checkout.cart_not_completed", about=order_id,
                repair=partial(_complete, standing.cart_id, order_id),
            )


def _complete(cart_id: str, order_id: str) -> str:
    cart.complete(key=new_id("fix"), cart_id=cart_id, claim=order_id)
    return "It has become the order."
