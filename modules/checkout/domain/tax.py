"""Taxes: what is owed on an amount, whether it contains the tax or not."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from storefront.money import Money, Rounding, portion

MILLION = 1_000_000


class Taxable(NamedTuple):
    """An amount as it is shown to the shopper, and the class of goods it pays for."""

    amount: Money
    tax_class: str
    is_included: bool


class Place(NamedTuple):
    """Where a delivery is taxed. country: ISO 3166-1 alpha-2; empty while unknown."""

    country: str
    region: str = ""


class TaxProvider(Protocol):
    """Whoever knows the taxes: the built-in table, or a service."""

    def assess(self, taxables: Sequence[Taxable], place: Place) -> list[Money]:
        """The tax on each amount, in the same order and currency."""


def tax_on(taxable: Taxable, *, rate_ppm: int) -> Money:
    """The tax on one amount, rounded half up to the minor unit.

    rate_ppm: parts per million; 190,000 is 19 %.
    """
    base = MILLION + rate_ppm if taxable.is_included else MILLION
    return portion(taxable.amount, rate_ppm, base, rounding=Rounding.HALF_UP)


def net_of(amount: Money, tax: Money, *, is_included: bool) -> Money:
    """The amount without its tax."""
    return amount - tax if is_included else amount
