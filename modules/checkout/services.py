"""The bodies of checkout's commands."""

import hashlib
from collections.abc import Generator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from modules.checkout import records
from modules.checkout.following import abandon
from modules.checkout.interface import (
    AlreadyCompleted,
    AlreadyCompleting,
    CheckoutChanged,
    CheckoutView,
    Details,
    Placement,
)
from modules.checkout.models import Checkout
from modules.checkout.ordering import cancel, hold, release, resolve_flag
from modules.checkout.placing import PlaceOrder, Placing, placement_of
from modules.checkout.quoting import Assessment, Wishes, assess, refuse_unknown_provider, viewed
from storefront.calls.provider import gathers
from storefront.database.writing import carry_out, inserted, updated
from storefront.ids import new_id, secret_id
from storefront.interface import Refusal
from storefront.money import Money
from storefront.sagas import progress, start

__all__ = ["cancel", "change", "complete", "hold", "open", "release", "resolve_flag"]

PATIENCE_SECONDS = 2.0
"""How long a shopper waits for the order before hearing that it is being placed."""


def _gather_open(*, cart_id: str, details: Details) -> tuple[Wishes, Assessment]:
    refuse_unknown_provider(details.payment)
    wishes = _told(Wishes(cart_id=cart_id), details)
    return wishes, assess(wishes)


@gathers(_gather_open)
def open(*, cart_id: str, details: Details, now: datetime, facts: tuple[Wishes, Assessment]) -> CheckoutView:  # noqa: A001
    """Begin to buy a cart."""
    wishes, assessment = facts
    checkout = Checkout(id=secret_id("chk"), created_at=now, updated_at=now, **records.columns(wishes))
    carry_out("checkout", inserted([checkout]))
    return viewed(checkout.id, 1, "", wishes=wishes, assessment=assessment)


def _gather_change(
    *, checkout_id: str, details: Details, expected_version: int | None
) -> tuple[Checkout, Wishes, Assessment]:
    checkout = records.checkout(checkout_id)
    refuse_unknown_provider(details.payment)
    wishes = _told(records.wishes(checkout), details)
    return checkout, wishes, assess(wishes)


@gathers(_gather_change)
def change(
    *, checkout_id: str, details: Details, expected_version: int | None, now: datetime,
    facts: tuple[Checkout, Wishes, Assessment],
) -> CheckoutView:
    """Tell a checkout more; whoever changes it at the same moment is told to read it again."""
    checkout, wishes, assessment = facts
    _refuse_if_taken(checkout)
    if expected_version not in (None, checkout.version):
        raise CheckoutChanged(version=checkout.version, expected=expected_version or 0)
    rows = Checkout.objects.filter(id=checkout_id, version=checkout.version, saga_id=checkout.saga_id)
    version = checkout.version + 1
    # A new choice of payment is a new payment; an attempt that waits for the shopper's bank stays with the old one.
    forget = {} if details.payment is UNSET else {"payment_id": ""}
    if not rows.update(version=version, updated_at=now, **records.columns(wishes), **forget):
        raise CheckoutChanged(version=version, expected=checkout.version)
    if forget:
        abandon(checkout)
    return viewed(checkout_id, version, checkout.order_id, wishes=wishes, assessment=assessment)


def complete(
    *, checkout_id: str, expected_total: Money | None, now: datetime, key: str
) -> Generator[Any, Any, Placement | Refusal]:
    """Place the order: the saga begins in the first transaction and is waited for between the two.

    A second run after a crash finds the saga that the first one began.
    """
    saga_id = f"sag_{hashlib.sha256(key.encode()).hexdigest()[:26]}"
    found = records.checkout_with_saga(checkout_id)
    if found.checkout.saga_id != saga_id:
        _begin(found, saga_id, expected_total, now=now)
    run = yield lambda: progress("checkout", saga_id, seconds=PATIENCE_SECONDS)
    if run.refusal is not None and run.status in ("undone", "undoing", "parked"):
        return run.refusal  # type: ignore[no-any-return]
    return placement_of(run)


def _begin(
    found: records.CheckoutWithSaga, saga_id: str, expected_total: Money | None, *, now: datetime
) -> None:
    """Start the saga, unless another request has: a compare-and-swap on the checkout decides."""
    checkout = found.checkout
    if checkout.order_id:
        raise AlreadyCompleted(checkout_id=checkout.id, order_id=checkout.order_id)
    if found.is_live:
        raise AlreadyCompleting(checkout_id=checkout.id)
    payment_id = found.payment_to_resume or new_id("pay")
    begun = {"saga_id": saga_id, "payment_id": payment_id, "updated_at": now}
    unchanged = {name: getattr(checkout, name) for name in ("id", "saga_id", "version", "payment_id")}
    if not carry_out("checkout", updated(Checkout, begun, where=unchanged)):
        raise AlreadyCompleting(checkout_id=checkout.id)
    if payment_id != checkout.payment_id:
        abandon(checkout)
    wishes = records.wishes(checkout)
    state = Placing(
        saga_id=saga_id, order_id=new_id("ord"), checkout_id=checkout.id, wishes=wishes, payment_id=payment_id,
        shipment_id=new_id("shp"), expected_total=expected_total,
    )
    start(PlaceOrder, state, subject=state.order_id, saga_id=saga_id, held=True)


def _told(wishes: Wishes, details: Details) -> Wishes:
    said = {name: value for name, value in msgspec.structs.asdict(details).items() if value is not UNSET}
    return msgspec.structs.replace(wishes, **said)


def _refuse_if_taken(checkout: Checkout) -> None:
    if checkout.order_id:
        raise AlreadyCompleted(checkout_id=checkout.id, order_id=checkout.order_id)
    if records.checkout_with_saga(checkout.id).is_live:
        raise AlreadyCompleting(checkout_id=checkout.id)
