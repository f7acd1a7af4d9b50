"""Rows to values and back: checkouts and orders as the rest of the module speaks of them."""

from typing import Any, NamedTuple

import msgspec

from modules.checkout.interface import PaymentChoice
from modules.checkout.models import Checkout
from modules.checkout.quoting import Wishes
from modules.shipping.interface import PostalAddress
from storefront.interface import NotFound


class CheckoutWithSaga(NamedTuple):
    """A checkout and where its last attempt stands."""

    checkout: Checkout
    is_live: bool  # an attempt is under way
    payment_to_resume: str  # the payment that waited for its shopper to confirm at the bank; else empty


def checkout(checkout_id: str) -> Checkout:
    """The row.

    :raises NotFound: there is none
    """
    row = Checkout.objects.filter(id=checkout_id).first()
    if row is None:
        raise NotFound(kind="checkout", id=checkout_id)
    return row


_COLUMNS = ", ".join(f"checkout.{field.column}" for field in Checkout._meta.concrete_fields)
_WITH_SAGA = f"""
SELECT {_COLUMNS}, saga.status AS saga_status, saga.refusal AS saga_refusal
FROM checkout_checkout AS checkout LEFT JOIN checkout_sagarow AS saga ON saga.id = checkout.saga_id
WHERE checkout.id = %s
"""  # noqa: S608


def checkout_with_saga(checkout_id: str) -> CheckoutWithSaga:
    """The row and its last attempt, in one statement.

    :raises NotFound: there is none
    """
    rows: list[Any] = list(Checkout.objects.raw(_WITH_SAGA, [checkout_id]))
    if not rows:
        raise NotFound(kind="checkout", id=checkout_id)
    row = rows[0]
    waits = bool(row.saga_refusal) and msgspec.json.decode(row.saga_refusal)["code"] == "action_required"
    return CheckoutWithSaga(row, row.saga_status not in (None, "undone"), row.payment_id if waits else "")


def wishes(row: Checkout) -> Wishes:
    """What the shopper has said so far."""
    payment = PaymentChoice(provider=row.payment_provider, token=row.payment_token) if row.payment_token else None
    return Wishes(
        cart_id=row.cart_id, email=row.email, shipping_address=_address(row.shipping_address),
        billing_address=_address(row.billing_address), shipping_option=row.shipping_option, payment=payment,
    )


def columns(told: Wishes) -> dict[str, Any]:
    """The same, as columns."""
    payment = told.payment
    return {
        "cart_id": told.cart_id,
        "email": told.email,
        "shipping_address": msgspec.to_builtins(told.shipping_address),
        "billing_address": msgspec.to_builtins(told.billing_address),
        "shipping_option": told.shipping_option,
        "payment_provider": payment.provider if payment else "",
        "payment_token": payment.token if payment else "",
    }


def _address(stored: Any) -> PostalAddress | None:
    return msgspec.convert(stored, type=PostalAddress) if stored else None
