"""The built-in tax table."""

import pytest

from modules.checkout.domain.tax import Place, Taxable
from modules.checkout.taxes import TaxTable
from storefront.money import Money
from storefront.testing.world import World


@pytest.mark.parametrize(
    ("place", "tax_class", "tax"),
    [
        (Place("DE"), "standard", 190), (Place("DE"), "reduced", 70), (Place("DE"), "zero", 0),
        (Place("FR"), "reduced", 55), (Place("US", "CA"), "standard", 73), (Place("US", "ca"), "reduced", 73),
        (Place("US", "OR"), "standard", 0), (Place("JP"), "standard", 100), (Place("BR"), "standard", 0),
        (Place(""), "standard", 0), (Place("DK"), "reduced", 250),
    ],
)
def test_rates_by_country_and_region(world: World, place: Place, tax_class: str, tax: int) -> None:
    taxable = Taxable(Money(1000, "EUR"), tax_class, False)

    assert TaxTable().assess([taxable], place) == [Money(tax, "EUR")]
