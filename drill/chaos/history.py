"""What shoppers heard, held against the books of all modules and of the bank."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from drill.chaos.ledger import Books, Placed, Rest
from drill.chaos.shoppers import ANEW, REFUND_MINOR, Purchase

WAITS = frozenset({"payment_review", "stock_review"})
"""Flags for which an order rightly waits for an operator."""

UNSETTLED = frozenset({*ANEW, "202"})
"""Outcomes with which a shopper may not be left: asked again when all is well, the answer is another."""


class Verdict(msgspec.Struct):
    """Sentences; all lists should be empty."""

    lost: list[str]
    """Orders, refunds and cancellations that somebody was told of, and that are not so; money we know nothing of."""
    doubled: list[str]
    """More than one order for a purchase, more money, parcels or refunds than for one."""
    parked: list[str]
    """Sagas, deliveries and payments that wait for somebody without a cause, or never came to their end."""
    wrong: list[str]
    """Everything else that does not add up."""

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.lost or self.doubled or self.parked or self.wrong)


def judged(purchases: Sequence[Purchase], books: Books, rest: Rest, on_hand: dict[str, int]) -> Verdict:
    """on_hand: units of each SKU at the beginning."""
    verdict = Verdict([], [], [], [])
    placed = {order.id: order for order in books.orders}
    for purchase in purchases:
        _purchase(purchase, placed, books, verdict)
    _untold(purchases, books, verdict)
    wishes = {purchase.order: purchase for purchase in purchases if purchase.order}
    for order in books.orders:
        _money(order, wishes.get(order.id), verdict)
    _strays(books, verdict)
    _stock(books, on_hand, verdict)
    verdict.parked += [
        f"{count} {name} are left." for name, count in msgspec.structs.asdict(rest).items() if count
    ]
    verdict.parked += books.under_way
    return verdict


def _purchase(purchase: Purchase, placed: dict[str, Placed], books: Books, verdict: Verdict) -> None:
    told = list(dict.fromkeys(purchase.told))
    if len(told) > 1:
        verdict.doubled.append(f"{purchase.name} was told of {', '.join(told)}.")
    if "unknown" in (purchase.outcome, purchase.canceled, purchase.refunded):
        verdict.parked.append(f"{purchase.name} never heard its end: {msgspec.structs.asdict(purchase)}.")
    if not purchase.order:
        return
    order = placed.get(purchase.order)
    if order is None:
        verdict.lost.append(f"{purchase.order}, of which {purchase.name} was told, is not there.")
        return
    if (order.checkout, order.cart) != (purchase.checkout, purchase.cart):
        verdict.wrong.append(f"{purchase.order} of {purchase.name} is of another checkout or cart.")
    if order.units != purchase.units:
        verdict.wrong.append(f"{purchase.order}: {purchase.units} were asked for, {order.units} are sold.")
    if (purchase.canceled == "accepted") != (order.status == "canceled"):
        verdict.lost.append(f"{purchase.order}: to cancel it was {purchase.canceled}, and it is {order.status}.")
    if purchase.refunded.startswith("rfd_"):
        status, amount = books.refunds.get(purchase.refunded, ("not there", 0))
        if (status, amount) != ("success", REFUND_MINOR):
            verdict.lost.append(f"{purchase.order}: refund {purchase.refunded} of {amount} is {status}.")


def _untold(purchases: Sequence[Purchase], books: Books, verdict: Verdict) -> None:
    """Orders that are there and of which nobody was told; and two for one."""
    told = {order for purchase in purchases for order in purchase.told}
    whose = {purchase.checkout: purchase for purchase in purchases}
    verdict.wrong += [
        f"Nobody was told of {order.id}: {whose.get(order.checkout)}."
        for order in books.orders if order.id not in told
    ]
    for name in ("cart", "checkout"):
        counts = Counter(getattr(order, name) for order in books.orders)
        verdict.doubled += [f"{each} has {count} orders." for each, count in counts.items() if count > 1]


def _money(order: Placed, purchase: Purchase | None, verdict: Verdict) -> None:
    """Captured less refunded is the total of a placed order, at the bank too; one parcel, unless it waits."""
    given_back = REFUND_MINOR if purchase and purchase.refunded.startswith("rfd_") else 0
    due = 0 if order.status == "canceled" else order.total - given_back
    kept, at_bank = sum(each.kept for each in order.payments), sum(each.bank_kept for each in order.payments)
    stands = f"{order.id} ({order.status}, {order.flags}): {kept} kept, {at_bank} at the bank, {due} due"
    waits = bool(WAITS.intersection(order.flags))
    is_disputed = waits and order.status == "canceled" and any(each.charged_back for each in order.payments)
    if kept != at_bank or (at_bank > due and not is_disputed):
        verdict.doubled.append(f"{stands}.")
    elif at_bank < due and not waits:
        verdict.lost.append(f"{stands}.")
    if any(each.bank_held for each in order.payments):
        verdict.parked.append(f"{stands}; the bank still sets money aside: {order.payments}.")
    wanted = 0 if order.status == "canceled" else 1
    if order.parcels > wanted:
        verdict.doubled.append(f"{order.id}, {order.status}, has {order.parcels} parcels.")
    elif order.parcels < wanted and not waits:
        verdict.lost.append(f"{order.id}, {order.status}, {order.flags}, has no parcel.")


def _strays(books: Books, verdict: Verdict) -> None:
    """Money without an order, here or at the bank."""
    for payment in books.strays:
        if payment.kept or payment.bank_kept:
            verdict.lost.append(f"Payment {payment.id} keeps money for no order: {payment}.")
        elif payment.bank_held:
            verdict.parked.append(f"Payment {payment.id} sets money aside for no order: {payment}.")
    verdict.lost += [f"The bank has money in {each}, of which payments knows nothing." for each in books.unclaimed]


def _stock(books: Books, on_hand: dict[str, int], verdict: Verdict) -> None:
    """Units allocated are units of placed orders, exactly; nothing is held any more."""
    sold: Counter[str] = Counter()
    for order in books.orders:
        if order.status == "placed":
            sold.update(order.units)
    for sku, units in on_hand.items():
        expected = (units, sold[sku], 0)
        found = books.levels.get(sku, (0, 0, 0))
        if tuple(found) != expected:
            verdict.wrong.append(f"{sku}: on hand, allocated, reserved are {found} and should be {expected}.")
