"""Totals: the parts of an order, and that they add up."""

from collections.abc import Sequence

import msgspec

from modules.catalog.interface import Quote
from modules.checkout.domain.tax import Place, Taxable, TaxProvider, net_of
from modules.checkout.interface import PricedLine, Totals, TotalTooLarge
from modules.shipping.interface import ShippingOption
from storefront.money import LARGEST_AMOUNT, Money, sum_of


def priced(quote: Quote, *, quantity: int) -> PricedLine:
    """A line at catalog's price, its tax not yet assessed."""
    return PricedLine(
        sku=quote.sku, product_id=quote.product_id, variant_id=quote.variant_id, title=quote.title,
        options=quote.options, quantity=quantity, unit_price=quote.unit_price, total=quote.unit_price * quantity,
        tax=Money.zero(quote.unit_price.currency), tax_included=quote.price_includes_tax,
        tax_class=quote.tax_class, weight_g=quote.weight_g, requires_shipping=quote.requires_shipping,
    )


def assessed(
    lines: Sequence[PricedLine], option: ShippingOption | None, *, currency: str, place: Place, taxes: TaxProvider
) -> tuple[tuple[PricedLine, ...], Totals]:
    """The lines with their taxes, and the totals of the order.

    Tax is rounded per line, so the order's tax is what its lines say. Shipping is taxed as standard goods.
    """
    taxables = [Taxable(line.total, line.tax_class, line.tax_included) for line in lines]
    if option:
        taxables.append(Taxable(option.price, "standard", option.price_includes_tax))
    owed = taxes.assess(taxables, place)
    nets = [net_of(asked.amount, tax, is_included=asked.is_included) for asked, tax in zip(taxables, owed, strict=True)]
    with_tax = tuple(
        msgspec.structs.replace(line, tax=tax) for line, tax in zip(lines, owed[: len(lines)], strict=True)
    )
    subtotal, shipping = sum_of(nets[: len(lines)], currency), sum_of(nets[len(lines):], currency)
    tax = sum_of(owed, currency)
    totals = Totals(
        subtotal=subtotal, shipping=shipping, discount=Money.zero(currency), tax=tax, total=subtotal + shipping + tax
    )
    return with_tax, totals


def refuse_too_large(amount: Money) -> None:
    """:raises TotalTooLarge: nobody can be charged so much; found out before anything is asked for or set aside."""
    if amount.amount > LARGEST_AMOUNT:
        raise TotalTooLarge(largest=Money(LARGEST_AMOUNT, amount.currency))


def weight_of(lines: Sequence[PricedLine]) -> int:
    """Grams of all that is to be shipped."""
    return sum(line.weight_g * line.quantity for line in lines if line.requires_shipping)
