"""The product list as SQL: one statement for a page, one for its facets and count."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from modules.catalog.api.shapes import ProductListing
from modules.catalog.listing import facet_key
from modules.catalog.search import Fragment, search_backend
from storefront.rest.pagination import Keyset, Place


class Order(NamedTuple):
    """A way to sort: the column, and whether its highest value comes first."""

    column: str
    is_descending: bool
    keyset: Keyset


def _order(name: str, column: str, column_type: type, *, descending: bool = False) -> Order:
    sign = "-" if descending else ""
    return Order(column, descending, Keyset(f"{sign}{name}", f"{sign}id", types=[column_type, str]))


ORDERS = {
    "newest": _order("newest", "l.newness", int, descending=True),
    "price": _order("price", "l.price_minor", int),
    "-price": _order("price", "l.price_minor", int, descending=True),
    "title": _order("title", "l.title_key", str),
    "relevance": _order("relevance", "m.score", int, descending=True),
}

HAS_FACET = "EXISTS (SELECT 1 FROM catalog_facet f WHERE f.product_id = l.product_id AND f.key IN ({marks}))"


def order_of(wanted: ProductListing) -> Order:
    """The order asked for: a search comes best match first, other lists newest first."""
    chosen = wanted.sort or ("relevance" if wanted.search else "newest")
    return ORDERS["newest" if chosen == "relevance" and not wanted.search else chosen]


def page_statement(wanted: ProductListing, place: Place | None) -> Fragment:
    """SELECT card, sort value, product id of one row more than the page has."""
    order = order_of(wanted)
    source, parameters = _source(wanted)
    parts = [*_plain(wanted), *(_group(*group) for group in groups(wanted).items())]
    turned = place is not None and place.is_backward
    is_down = order.is_descending != turned
    if place:
        way = "<" if is_down else ">"
        parts.append(Fragment(f"({order.column}, l.product_id) {way} (%s, %s)", place.values))
    condition = _all(parts)
    direction = "DESC" if is_down else "ASC"
    return Fragment(
        f"SELECT l.card, {order.column}, l.product_id FROM {source} WHERE {condition.sql}"  # noqa: S608
        f" ORDER BY {order.column} {direction}, l.product_id {direction} LIMIT %s",
        (*parameters, *condition.parameters, wanted.limit + 1),
    )


def facet_statement(wanted: ProductListing) -> Fragment:
    """SELECT kind, code, value, label, count: of each facet, and of the list as a whole with its price range.

    A group of values counts without its own filter: who has chosen red still sees how many are blue.
    """
    source, parameters = _source(wanted)
    condition, chosen = _all(_plain(wanted)), list(groups(wanted).items())
    marks = [_group(*group) for group in chosen]
    columns = "".join(f", CASE WHEN {mark.sql} THEN 1 ELSE 0 END AS m{index}" for index, mark in enumerate(marks))
    every = " AND ".join(["1 = 1", *(f"h.m{index} = 1" for index in range(len(marks)))])
    others = " AND ".join(["1 = 1", *(
        f"(h.m{index} = 1 OR (f.kind = %s AND f.code = %s))" for index in range(len(marks))
    )])
    return Fragment(
        f"""WITH h AS (SELECT l.product_id, l.price_minor, l.highest_minor{columns} FROM {source} WHERE {condition.sql})
        SELECT f.kind, f.code, f.value, coalesce(max(c.name), max(f.label)), count(*) FROM h
        JOIN catalog_facet f ON f.product_id = h.product_id
        LEFT JOIN catalog_category c ON f.kind = 'category' AND c.path = f.value
        WHERE f.kind <> 'slug' AND {others} GROUP BY f.kind, f.code, f.value
        UNION ALL SELECT 'total', '', '', '', count(*) FROM h WHERE {every}
        UNION ALL SELECT 'price', 'lowest', '', '', min(h.price_minor) FROM h WHERE {every}
        UNION ALL SELECT 'price', 'highest', '', '', max(h.highest_minor) FROM h WHERE {every}
        ORDER BY 1, 2, 5 DESC, 3""",  # noqa: S608
        (
            *(value for mark in marks for value in mark.parameters), *parameters, *condition.parameters,
            *(value for group, _ in chosen for value in group),
        ),
    )


def count_statement(wanted: ProductListing) -> Fragment:
    """SELECT how many products the whole list has, in the columns of `facet_statement`."""
    source, parameters = _source(wanted)
    condition = _all([*_plain(wanted), *(_group(*group) for group in groups(wanted).items())])
    return Fragment(
        f"SELECT 'total', '', '', '', count(*) FROM {source} WHERE {condition.sql}",  # noqa: S608
        (*parameters, *condition.parameters),
    )


def groups(wanted: ProductListing) -> dict[tuple[str, str], list[str]]:
    """The chosen values by (kind, code): `option=size:L&option=size:M` is one group of two."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind, pairs in (("option", wanted.option), ("attribute", wanted.attribute)):
        for pair in pairs:
            code, _, value = pair.partition(":")
            found.setdefault((kind, code), []).append(value)
    return found


def _source(wanted: ProductListing) -> Fragment:
    if not wanted.search:
        return Fragment("catalog_listing l")
    match = search_backend().matches(wanted.search)
    return Fragment(f"catalog_listing l JOIN ({match.sql}) m ON m.product_id = l.product_id", match.parameters)


def _plain(wanted: ProductListing) -> list[Fragment]:
    parts = [Fragment("l.currency = %s", (wanted.currency,))]
    if wanted.category is not None:
        parts.append(_has_any([facet_key("category", "", wanted.category), facet_key("slug", "", wanted.category)]))
    if wanted.in_stock is not None:
        parts.append(Fragment("l.is_available" if wanted.in_stock else "NOT l.is_available"))
    if wanted.min_price is not None:
        parts.append(Fragment("l.highest_minor >= %s", (wanted.min_price,)))
    if wanted.max_price is not None:
        parts.append(Fragment("l.price_minor <= %s", (wanted.max_price,)))
    return parts


def _group(group: tuple[str, str], values: Sequence[str]) -> Fragment:
    return _has_any([facet_key(*group, value) for value in values])


def _has_any(keys: Sequence[str]) -> Fragment:
    return Fragment(HAS_FACET.format(marks=", ".join(["%s"] * len(keys))), tuple(keys))


def _all(parts: Sequence[Fragment]) -> Fragment:
    parameters: list[Any] = [value for part in parts for value in part.parameters]
    return Fragment(" AND ".join(part.sql for part in parts), tuple(parameters))
