"""The built-in tax provider: a table by country and region."""

import time
from collections.abc import Sequence
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from modules.checkout.domain.tax import Place, Taxable, TaxProvider, tax_on
from modules.checkout.models import TaxRate
from storefront.money import Money

KEEP_SECONDS = 15.0
"""How long a process may go on with rates that have been changed elsewhere."""


class TaxTable:
    """Rates from the database. A region's rate goes before its country's; what is not listed is not taxed."""

    def __init__(self) -> None:
        self._rates: dict[tuple[str, str, str], int] = {}
        self._read_at = float("-inf")

    def assess(self, taxables: Sequence[Taxable], place: Place) -> list[Money]:
        """The tax on each amount."""
        rates = self._current()
        return [tax_on(taxable, rate_ppm=_rate(rates, place, taxable.tax_class)) for taxable in taxables]

    def forget(self) -> None:
        """Read the table again at the next question."""
        self._read_at = float("-inf")

    def _current(self) -> dict[tuple[str, str, str], int]:
        if time.monotonic() - self._read_at > KEEP_SECONDS:
            rows = TaxRate.objects.values_list("country", "region", "tax_class", "rate_ppm")
            self._rates = {(country, region, kind): rate for country, region, kind, rate in rows}
            self._read_at = time.monotonic()
        return self._rates


def _rate(rates: dict[tuple[str, str, str], int], place: Place, tax_class: str) -> int:
    if tax_class == "zero":
        return 0
    for region in (place.region.upper(), ""):
        for kind in (tax_class, "standard"):
            if (place.country, region, kind) in rates:
                return rates[place.country, region, kind]
    return 0


@cache
def tax_provider() -> TaxProvider:
    """The provider that the settings name, or the table."""
    provider: TaxProvider = import_string(getattr(settings, "TAX_PROVIDER", "modules.checkout.taxes.TaxTable"))()
    return provider
