"""Totals: whatever is bought wherever, the parts are the total."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.checkout.domain.tax import Place, Taxable, tax_on
from modules.checkout.domain.total import assessed
from modules.checkout.interface import PricedLine
from modules.shipping.interface import ShippingOption
from storefront import clock
from storefront.money import Money

amounts = st.integers(min_value=0, max_value=10**9)
rates = st.integers(min_value=0, max_value=400_000)


class OneRate:
    """A tax provider with one rate."""

    def __init__(self, rate_ppm: int) -> None:
        self.rate_ppm = rate_ppm

    def assess(self, taxables: Sequence[Taxable], place: Place) -> list[Money]:
        """The same rate for everything."""
        return [tax_on(taxable, rate_ppm=self.rate_ppm) for taxable in taxables]


def line(amount: int, quantity: int, *, tax_included: bool) -> PricedLine:
    unit = Money(amount, "EUR")
    return PricedLine(
        sku="RED-MUG", product_id="prd_1", variant_id="var_1", title="Red mug", options=(), quantity=quantity,
        unit_price=unit, total=unit * quantity, tax=Money.zero("EUR"), tax_included=tax_included,
        tax_class="standard", weight_g=400, requires_shipping=True,
    )


def option(amount: int, *, tax_included: bool) -> ShippingOption:
    today = clock.now().date()
    return ShippingOption(
        id="standard", carrier="Sandbox", service="Parcel", price=Money(amount, "EUR"),
        price_includes_tax=tax_included, estimated_delivery=(today, today), expires_at=clock.now(),
    )


lines = st.lists(
    st.builds(line, amounts, st.integers(min_value=1, max_value=99), tax_included=st.booleans()), min_size=1, max_size=8
)


class TestTotals:
    @given(lines=lines, shipping=amounts, included=st.booleans(), rate=rates)
    @pytest.mark.rival("medusa#14818", "medusa#12805")
    def test_are_the_sum_of_their_parts(
        self, lines: list[PricedLine], shipping: int, included: bool, rate: int
    ) -> None:
        priced, totals = assessed(
            lines, option(shipping, tax_included=included), currency="EUR", place=Place("DE"), taxes=OneRate(rate)
        )

        assert totals.subtotal + totals.shipping - totals.discount + totals.tax == totals.total
        shipping_tax = tax_on(Taxable(Money(shipping, "EUR"), "standard", included), rate_ppm=rate)
        assert sum(each.tax.amount for each in priced) + shipping_tax.amount == totals.tax.amount

    @given(amount=amounts, shipping=amounts, rate=rates)
    @pytest.mark.rival("vendure#2662")
    def test_with_tax_included_are_what_the_shopper_was_shown(self, amount: int, shipping: int, rate: int) -> None:
        goods = line(amount, 1, tax_included=True)

        _, totals = assessed(
            [goods], option(shipping, tax_included=True), currency="EUR", place=Place("DE"), taxes=OneRate(rate)
        )

        assert totals.total == Money(amount + shipping, "EUR")


class TestTax:
    def test_is_contained_in_a_gross_price(self) -> None:
        assert tax_on(Taxable(Money(11900, "EUR"), "standard", True), rate_ppm=190_000) == Money(1900, "EUR")

    def test_is_added_to_a_net_price(self) -> None:
        assert tax_on(Taxable(Money(10000, "USD"), "standard", False), rate_ppm=88_750) == Money(888, "USD")

    @given(amount=amounts, rate=rates)
    def test_contained_is_never_more_than_added(self, amount: int, rate: int) -> None:
        money = Money(amount, "EUR")

        assert tax_on(Taxable(money, "standard", True), rate_ppm=rate).amount <= tax_on(
            Taxable(money, "standard", False), rate_ppm=rate
        ).amount
