"""Orders against inventory: every placed order has its stock, and nobody else has any."""

from collections.abc import Iterator, Sequence
from functools import partial

from modules.checkout.books.known import LOST, Known, Suspicion, check_given_back, confirmed
from modules.checkout.models import Order, OrderLine
from modules.checkout.ordering import hear_arrivals
from modules.inventory.interface import Holding, Inventory, StockLine
from storefront import clock
from storefront.audit import Finding
from storefront.audit.pages import asked_in_pages, look_again
from storefront.database.unit import unit_of_work
from storefront.ids import new_id
from storefront.interface import connect

inventory = connect(Inventory)

GONE = ("fulfilled", "delivered")
"""Orders that are so have no stock any more: it has left the building."""

Said = Suspicion[Holding]


def audit() -> Iterator[Finding]:
    """Stock is held by living sagas and owned by placed orders only, and each of these has it."""
    after = ""
    for page in asked_in_pages(inventory.holdings, key=lambda holding: holding.order_id):
        yield from confirmed(page, _checked, _again)
        yield from _without(after, page)
        after = page[-1].order_id
    yield from _without(after, ())


def _again(page: Sequence[Holding]) -> list[Holding]:
    return [found for each in page if (found := _asked(each.order_id))]


def _asked(order_id: str) -> Holding | None:
    """The holding of one order: the first that stands behind all ids before it."""
    found = inventory.holdings(after=_just_before(order_id), limit=1)
    return found[0] if found and found[0].order_id == order_id else None


def _just_before(order_id: str) -> str:
    return order_id[:-1]  # a text stands behind each of its beginnings; ids are too sparse for others between


def _without(after: str, page: Sequence[Holding]) -> Iterator[Finding]:
    """Placed orders from this stretch of ids that hold nothing."""
    placed = Order.objects.filter(status="placed", id__gt=after)
    if page:
        placed = placed.filter(id__lte=page[-1].order_id)
    missed = list(placed.exclude(id__in=[holding.order_id for holding in page]).order_by("id"))
    if not missed:
        return
    look_again()
    known = Known([order.id for order in missed])
    for order in missed:
        if order.id in known.busy or known.has_flag(order.id, "stock_review") or _asked(order.id):
            continue
        yield Finding(
            f"Order {order.id} is placed and has no stock.", code="checkout.order_without_stock", about=order.id,
            repair=partial(_take, order.id), remedy="Order more of what it lacks, or cancel it.",
        )


def _checked(page: Sequence[Holding]) -> Iterator[Said]:
    known = Known([holding.order_id for holding in page])
    for holding in page:
        order_id, order = holding.order_id, known.orders.get(holding.order_id)
        if order_id in known.busy or known.has_flag(order_id, "stock_review"):
            continue
        if order is None:
            yield holding, _ownerless(holding)
        elif order.status != "placed" and holding.units != 0:
            yield holding, Finding(
                f"Stock is {_word(holding)} to {order_id}, which is canceled.", code="checkout.stock_of_canceled_order",
                about=order_id, repair=partial(_release, order_id),
            )
        elif order.status == "placed" and holding.status == "held":
            yield holding, Finding(
                f"Order {order_id} is placed, and its stock is only held.", code="checkout.stock_not_allocated",
                about=order_id, repair=partial(_consume, order_id),
            )
        elif order.fulfilment_status in GONE and holding.units:
            yield holding, Finding(
                f"Order {order_id} is {order.fulfilment_status}, and {holding.units} units of it are still on hand.",
                code="checkout.stock_not_shipped", about=order_id, repair=partial(_ship, order_id),
            )
        elif order.status == "placed" and holding.to_arrive not in (None, known.to_arrive(order)):
            yield holding, Finding(
                f"Order {order_id} waits for {known.to_arrive(order)} units, and inventory for {holding.to_arrive}.",
                code="checkout.arrivals_differ", about=order_id, repair=partial(_recount, order_id),
            )


def _ownerless(holding: Holding) -> Finding:
    order_id = holding.order_id
    if holding.status == "held":
        return Finding(
            f"Stock is held for {order_id}, which nobody is placing.", code="checkout.stock_of_nobody", about=order_id,
            repair=partial(_release, order_id),
        )
    return Finding(
        f"Stock is allocated to {order_id}, which is not a placed order.", code="checkout.stock_of_lost_order",
        about=order_id, repair=partial(_release_what_was_returned, order_id), remedy=LOST,
    )


def _word(holding: Holding) -> str:
    return "held" if holding.status == "held" else "allocated"


def _release(order_id: str) -> str:
    inventory.release(key=new_id("fix"), order_id=order_id)
    return "It is on sale again."


def _release_what_was_returned(order_id: str) -> str:
    """Stock goes back only if money went back, too: else somebody has paid for it."""
    check_given_back(order_id)
    return _release(order_id)


def _consume(order_id: str) -> str:
    inventory.consume(key=new_id("fix"), order_id=order_id)
    return "It is the order's for good."


def _recount(order_id: str) -> str:
    """Inventory is asked what it owes: its stock is the order's already, so this changes nothing there."""
    reservation = inventory.consume(key=new_id("fix"), order_id=order_id)
    with unit_of_work("checkout"):
        hear_arrivals(
            order_id=order_id, to_arrive={line.sku: line.backordered for line in reservation.lines}, now=clock.now()
        )
    return "It waits for what inventory waits for."


def _take(order_id: str) -> str:
    """What inventory forgot was the order's own, and was counted as such before."""
    order = Order.objects.get(id=order_id)
    inventory.reserve(key=new_id("fix"), order_id=order_id, lines=_lines(order))
    inventory.consume(key=new_id("fix"), order_id=order_id)
    if order.fulfilment_status in GONE:
        _ship(order_id)
        return "It has been taken, and has left the building."
    return "It is taken, and allocated."


def _ship(order_id: str) -> str:
    inventory.ship(key=new_id("fix"), order_id=order_id, lines=_lines(Order.objects.get(id=order_id)))
    return "It has left the building."


def _lines(order: Order) -> tuple[StockLine, ...]:
    rows = OrderLine.objects.filter(order_id=order.serial).order_by("position")
    return tuple(StockLine(sku=row.sku, quantity=row.quantity) for row in rows)
