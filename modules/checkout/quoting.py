"""What a cart costs now: asks catalog, cart and shipping; never inside a transaction."""

from contextlib import suppress
from typing import NamedTuple

from msgspec import UnsetType

from modules.cart.interface import Cart, CartView
from modules.catalog.interface import Catalog
from modules.checkout.domain.requirement import missing
from modules.checkout.domain.tax import Place
from modules.checkout.domain.total import assessed, priced, refuse_too_large, weight_of
from modules.checkout.interface import CheckoutView, PaymentChoice, PricedLine, Requirement, Totals
from modules.checkout.taxes import tax_provider
from modules.payments.interface import Payments, UnknownProvider
from modules.shipping.interface import Destination, PostalAddress, Shipping, ShippingOption
from storefront.interface import Unavailable, Value, connect
from storefront.money import sum_of

cart = connect(Cart)
catalog = connect(Catalog)
payments = connect(Payments)
shipping = connect(Shipping)


class Wishes(Value):
    """What the shopper has said so far."""

    cart_id: str
    email: str = ""
    shipping_address: PostalAddress | None = None
    billing_address: PostalAddress | None = None
    shipping_option: str = ""
    payment: PaymentChoice | None = None


class Assessment(NamedTuple):
    """What it comes to."""

    lines: tuple[PricedLine, ...]
    totals: Totals
    options: tuple[ShippingOption, ...]
    option: ShippingOption | None
    requirements: tuple[Requirement, ...]


def assess(wishes: Wishes) -> Assessment:
    """Ask for the cart, its prices and the ways to deliver it.

    :raises NotFound: there is no such cart
    :raises TotalTooLarge: it comes to more than anybody can be charged
    """
    return assess_cart(cart.cart(cart_id=wishes.cart_id), wishes)


def assess_cart(view: CartView, wishes: Wishes) -> Assessment:
    """The same for a cart already at hand: what it holds is taken from it, what it costs is asked anew."""
    lines = _lines(view)
    refuse_too_large(sum_of([line.total for line in lines], view.currency))
    options = _options(lines, wishes.shipping_address, view.currency)
    option = next((option for option in options if option.id == wishes.shipping_option), None)
    lines, totals = assessed(
        lines, option, currency=view.currency, place=_place(wishes), taxes=tax_provider()
    )
    refuse_too_large(totals.total)
    requirements = missing(
        cart=view, lines=lines, email=wishes.email, address=wishes.shipping_address, chosen=wishes.shipping_option,
        options=options, has_payment=wishes.payment is not None or totals.total.is_zero,
    )
    return Assessment(lines, totals, options, option, requirements)


def refuse_unknown_provider(choice: PaymentChoice | UnsetType | None) -> None:
    """Tell a shopper at once who is not there. While payments is away nobody is turned away: `complete` asks anyway.

    :raises UnknownProvider: no payment provider has this name
    """
    if not isinstance(choice, PaymentChoice):
        return
    with suppress(Unavailable):
        if choice.provider not in payments.providers():
            raise UnknownProvider(provider=choice.provider)


def _lines(view: CartView) -> tuple[PricedLine, ...]:
    if not view.lines:
        return ()
    skus = tuple(line.sku for line in view.lines)
    quotes = {quote.sku: quote for quote in catalog.quotes(skus=skus, currency=view.currency)}
    return tuple(priced(quotes[line.sku], quantity=line.quantity) for line in view.lines if line.sku in quotes)


def _options(
    lines: tuple[PricedLine, ...], address: PostalAddress | None, currency: str
) -> tuple[ShippingOption, ...]:
    physical = [line for line in lines if line.requires_shipping]
    if address is None or not physical:
        return ()
    destination = Destination(country=address.country, region=address.region, postal_code=address.postal_code)
    subtotal = sum_of([line.total for line in physical], currency)
    return shipping.quote(destination=destination, weight_g=weight_of(physical), subtotal=subtotal)


def _place(wishes: Wishes) -> Place:
    address = wishes.shipping_address or wishes.billing_address
    return Place(address.country, address.region) if address else Place("")


def viewed(
    checkout_id: str, version: int, order_id: str, *, wishes: Wishes, assessment: Assessment
) -> CheckoutView:
    """A checkout as its owner sees it."""
    return CheckoutView(
        id=checkout_id, version=version, cart_id=wishes.cart_id, email=wishes.email,
        shipping_address=wishes.shipping_address, billing_address=wishes.billing_address,
        shipping_option=wishes.shipping_option, payment_provider=wishes.payment.provider if wishes.payment else "",
        lines=assessment.lines, totals=assessment.totals, requirements=assessment.requirements,
        shipping_options=assessment.options, order_id=order_id,
    )
