"""Inventory: the bodies of its commands. Each works on locked stock and writes once."""

from collections.abc import Sequence
from datetime import date, datetime

from modules.inventory import opening, store, writing
from modules.inventory.domain import HOLD, MOST_UNITS, TO_ARRIVE, Moved, Shelf, summed
from modules.inventory.holding import allocate, complete, hold, reclaim, serve_waiting
from modules.inventory.interface import (
    ANY_VERSION,
    BelowPromised,
    Level,
    NotArrived,
    OpeningLevel,
    OutOfStock,
    Policy,
    Reservation,
    ReservationLost,
    StockChanged,
    StockLine,
    TooManyUnits,
)
from modules.inventory.ledger import Ledger, present
from modules.inventory.store import Line, Owned
from storefront.interface import NotFound
from storefront.personal import for_good


def reserve(*, order_id: str, lines: tuple[StockLine, ...], now: datetime) -> Reservation:
    """Hold stock for a new order; or again, and longer, for one that has a reservation."""
    wanted, expires_at = summed(lines), now + HOLD
    stocks = store.claim(order_id, wanted, now=now, expires_at=expires_at)
    if stocks is None:
        return _reserve_again(order_id, wanted, now=now)
    ledger = Ledger(stocks, now=now)
    hold(ledger, order_id, wanted)
    return _settle_held(ledger, order_id, Owned("held", expires_at, False), expires_at)


def _reserve_again(order_id: str, wanted: dict[str, int], *, now: datetime) -> Reservation:
    owned = _owned(order_id)
    stocks, lines = store.lock_stock_of(order_id, owned, skus=wanted)
    ledger = Ledger(stocks, now=now, lines=lines)
    if owned.status == "consumed":
        return ledger.reservation(order_id, owned.expires_at)
    if _units(lines) == wanted:
        complete(ledger, order_id, lines)
    else:
        for line in lines:
            ledger.give_back(line)
            ledger.touch(line).quantity = line.shipped
        hold(ledger, order_id, wanted)
        serve_waiting(ledger, ledger.stocks)
    return _settle_held(ledger, order_id, owned, now + HOLD)


def _units(lines: Sequence[Line]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        if line.quantity:
            units[line.sku] = units.get(line.sku, 0) + line.quantity
    return dict(sorted(units.items()))


def _settle_held(ledger: Ledger, order_id: str, owned: Owned, expires_at: datetime) -> Reservation:
    settled = Owned("held", max(expires_at, owned.expires_at), _waits(ledger, order_id))
    if settled != owned:
        ledger.settled[order_id] = settled
    ledger.close()
    return ledger.reservation(order_id, settled.expires_at)


def _waits(ledger: Ledger, order_id: str) -> bool:
    return any(line.location == TO_ARRIVE and line.order_id == order_id for line in ledger.lines.values())


def _owned(order_id: str) -> Owned:
    owned = store.lock_order(order_id)
    if owned is None or owned.status == "released":
        raise ReservationLost(order_id=order_id)
    return owned


def extend(*, order_id: str, now: datetime) -> Reservation:
    """Hold longer what is held; what was given back meanwhile is held again if it is still there."""
    owned = _owned(order_id)
    if owned.status == "consumed" or _is_whole(order_id, owned, now=now):
        return _extend_untouched(order_id, owned, now=now)
    stocks, lines = store.lock_stock_of(order_id, owned)
    ledger = Ledger(stocks, now=now, lines=lines)
    _complete_or_lose(ledger, order_id, lines)
    return _settle_held(ledger, order_id, owned, now + HOLD)


def _is_whole(order_id: str, owned: Owned, *, now: datetime) -> bool:
    """Nobody touches a reservation before it expires: no stock needs a lock. `now` may be of before we had to wait."""
    return owned.expires_at > now and not any(line.missing for line in store.lines_of([order_id]))


def _extend_untouched(order_id: str, owned: Owned, *, now: datetime) -> Reservation:
    if owned.status == "held":
        owned = owned._replace(expires_at=max(owned.expires_at, now + HOLD))
        writing.write(writing.reservations([(order_id, *owned)]))
    return present(order_id, owned.expires_at)


def _complete_or_lose(ledger: Ledger, order_id: str, lines: Sequence[Line]) -> None:
    try:
        complete(ledger, order_id, lines)
    except OutOfStock as refusal:
        raise ReservationLost(order_id=order_id) from refusal


def consume(*, order_id: str, now: datetime) -> Reservation:
    """Allocate what is held. What was given back meanwhile is held again if it is still there."""
    owned = _owned(order_id)
    stocks, lines = store.lock_stock_of(order_id, owned)
    ledger = Ledger(stocks, now=now, lines=lines)
    if owned.status == "consumed":
        return ledger.reservation(order_id, owned.expires_at)
    _complete_or_lose(ledger, order_id, lines)
    for line in list(ledger.lines.values()):
        if line.order_id == order_id:
            allocate(ledger, line)
    ledger.settled[order_id] = Owned("consumed", owned.expires_at, _waits(ledger, order_id))
    ledger.close(for_order=order_id)
    return ledger.reservation(order_id, owned.expires_at)


def release(*, order_id: str, now: datetime) -> None:
    """Give back what is held or allocated. An order that has nothing yet will get nothing."""
    owned = store.lock_or_entomb(order_id, now=now)
    if owned.status == "released":
        return
    stocks, lines = store.lock_stock_of(order_id, owned)
    ledger = Ledger(stocks, now=now, lines=lines)
    for line in lines:
        ledger.give_back(line)
    serve_waiting(ledger, stocks)
    ledger.settled[order_id] = Owned("released", owned.expires_at, owned.has_backorder)
    ledger.close()


def ship(*, order_id: str, lines: tuple[StockLine, ...], now: datetime) -> None:
    """Take allocated units off the shelves."""
    owned = _owned(order_id)
    if owned.status != "consumed":
        raise ReservationLost(order_id=order_id)
    stocks, owned_lines = store.lock_stock_of(order_id, owned)
    ledger = Ledger(stocks, now=now, lines=owned_lines)
    for sku, units in summed(lines).items():
        _ship(ledger, order_id, [line for line in owned_lines if line.sku == sku and line.location], sku, units)
    ledger.close()


def _ship(ledger: Ledger, order_id: str, lines: Sequence[Line], sku: str, units: int) -> None:
    arrived = sum([line.held for line in lines])
    if arrived < units:
        raise NotArrived(order_id=order_id, sku=sku, requested=units, arrived=arrived)
    for line in lines:
        part = min(line.held, units)
        if part:
            ledger.ship(line, part)
            units -= part


def open_levels(*, levels: tuple[OpeningLevel, ...], now: datetime) -> int:
    """Open the levels that do not exist yet, in a few statements however many they are."""
    return opening.open_levels(levels, now=now)


def adjust(*, sku: str, location: str, change: int, reason: str, actor: str, now: datetime) -> Level:
    """Add or take away units; those who wait for the SKU are served from what is added."""
    ledger, shelf = _shelf(sku, location, now=now)
    return _set_on_hand(ledger, sku, shelf, shelf.on_hand + change, reason=reason, actor=actor)


def count(
    *, sku: str, location: str, on_hand: int, expected_version: int, reason: str, actor: str, now: datetime
) -> Level:
    """Set what was counted, unless the level moved while it was counted."""
    ledger, shelf = _shelf(sku, location, now=now)
    if expected_version not in (ANY_VERSION, shelf.version):
        raise StockChanged(sku=sku, location=location, version=shelf.version, on_hand=shelf.on_hand)
    return _set_on_hand(ledger, sku, shelf, on_hand, reason=reason, actor=actor)


def _shelf(sku: str, location: str, *, now: datetime) -> tuple[Ledger, Shelf]:
    ledger = Ledger(store.lock_stock([sku]), now=now)
    if sku not in ledger.stocks or location not in ledger.stocks[sku].shelves:
        raise NotFound(kind="stock level", id=f"{sku} at {location}")
    return ledger, ledger.stocks[sku].shelves[location]


def _set_on_hand(ledger: Ledger, sku: str, shelf: Shelf, on_hand: int, *, reason: str, actor: str) -> Level:
    if on_hand < shelf.allocated + shelf.reserved:
        reclaim(ledger, {sku: ledger.stocks[sku].held})
    promised = shelf.allocated + shelf.reserved
    if on_hand < promised or on_hand < 0:
        raise BelowPromised(sku=sku, location=shelf.location, promised=promised, on_hand=on_hand)
    if on_hand > MOST_UNITS:
        raise TooManyUnits(sku=sku, location=shelf.location, on_hand=on_hand, most=MOST_UNITS)
    change = on_hand - shelf.on_hand
    kind = "received" if change > 0 and reason == "received" else "adjusted"
    ledger.move(Moved(sku, shelf.location, kind, on_hand=change, reason=for_good(reason), actor=actor))
    serve_waiting(ledger, [sku])
    ledger.close()
    return Level(
        sku=sku, location=shelf.location, on_hand=shelf.on_hand, allocated=shelf.allocated, reserved=shelf.reserved,
        version=shelf.version,
    )


def change_policy(
    *, sku: str, low_stock_threshold: int, backorder_limit: int, expected_date: date | None, now: datetime
) -> Policy:
    """Set how a SKU is sold when little or nothing is left."""
    ledger = Ledger(store.lock_stock([sku]), now=now)
    if sku not in ledger.stocks:
        raise NotFound(kind="stock item", id=sku)
    stock = ledger.stocks[sku]
    stock.low_stock_threshold, stock.backorder_limit = low_stock_threshold, backorder_limit
    stock.expected_date = expected_date
    writing.write(writing.policy(stock))
    ledger.close()
    return Policy(
        sku=sku, low_stock_threshold=low_stock_threshold, backorder_limit=backorder_limit, expected_date=expected_date
    )
