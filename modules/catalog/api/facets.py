"""Facet counts as the API tells them."""

from collections.abc import Iterable
from typing import Any

from modules.catalog.api.shapes import FacetGroup, Facets, FacetValue, PriceRange
from storefront.money import Money

Rows = list[tuple[Any, ...]]


def total_of(rows: Rows) -> int:
    """How many products the whole list has."""
    return next(int(count) for kind, _, _, _, count in rows if kind == "total")


def facets_of(rows: Rows, *, currency: str) -> Facets:
    """The rows of `facet_statement`, in groups."""
    return Facets(
        categories=tuple(
            FacetValue(value=value, name=label, count=count)
            for kind, _, value, label, count in rows
            if kind == "category"
        ),
        options=_groups(row for row in rows if row[0] == "option"),
        attributes=_groups(row for row in rows if row[0] == "attribute"),
        price=_price_range(rows, currency),
    )


def _groups(rows: Iterable[tuple[Any, ...]]) -> tuple[FacetGroup, ...]:
    names: dict[str, str] = {}
    values: dict[str, list[FacetValue]] = {}
    for _, code, value, label, count in rows:
        names.setdefault(code, label)
        values.setdefault(code, []).append(FacetValue(value=value, name=value, count=count))
    return tuple(FacetGroup(code=code, name=name, values=tuple(values[code])) for code, name in names.items())


def _price_range(rows: Rows, currency: str) -> PriceRange | None:
    bounds = {code: amount for kind, code, _, _, amount in rows if kind == "price" and amount is not None}
    if len(bounds) < 2:
        return None
    return PriceRange(lowest=Money(bounds["lowest"], currency), highest=Money(bounds["highest"], currency))
