"""The shop front's reads: stored bytes, joined. One statement for a list, one for its facets, one for a product."""

from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from modules.catalog.api.facets import facets_of, total_of
from modules.catalog.api.shapes import CategoryNode, Detail, InCurrency, ProductListing, ProductPage, Tree
from modules.catalog.browsing import count_statement, facet_statement, order_of, page_statement
from modules.catalog.search import Fragment
from storefront.currency import EXPONENTS
from storefront.interface import NotFound
from storefront.rest import hot, stored
from storefront.rest.pagination import Keyset, Place
from storefront.rest.query import invalid_query, read_query

Rows = list[tuple[Any, ...]]

BY_ID = "SELECT detail, etag FROM catalog_listing WHERE product_id = %s AND currency = %s"
BY_SLUG = "SELECT detail, etag FROM catalog_listing WHERE slug = %s AND currency = %s"
FORMER = "SELECT p.slug FROM catalog_slug s JOIN catalog_product p ON p.id = s.product_id WHERE s.slug = %s"
CATEGORIES = """SELECT c.id, c.parent_id, c.name, c.slug, c.path,
    (SELECT count(*) FROM catalog_facet f WHERE f.key = 'category::' || c.path)
    FROM catalog_category c ORDER BY c.position, c.name, c.id"""

_encode = msgspec.json.Encoder().encode


@hot(answers={200: ProductPage}, query=ProductListing, throttle="read", summary="List products")
def product_list(request: HttpRequest) -> HttpResponse:
    """Products on sale in a currency, filtered and sorted; `facets=true` adds how the list can be narrowed.

    `category` is a path or a slug and includes what is below. `option` and `attribute` are `code:value`.
    """
    wanted = read_query(ProductListing, request)
    _check_currency(wanted.currency)
    keyset = order_of(wanted).keyset
    place = keyset.place(wanted.cursor)
    found = _rows(page_statement(wanted, place))
    parts = ['{"data":[', *_page(request, found, place, keyset, limit=wanted.limit)]
    if wanted.facets or wanted.count:
        summary = _rows(facet_statement(wanted) if wanted.facets else count_statement(wanted))
        if wanted.count:
            parts.append(f',"count":{total_of(summary)}')
        if wanted.facets:
            parts.append(f',"facets":{_encode(facets_of(summary, currency=wanted.currency)).decode()}')
    parts.append("}")
    body = "".join(parts).encode()
    return stored(body, etag=blake2b(body, digest_size=16).hexdigest())


@hot(answers={200: Detail, 301: None}, query=InCurrency, refuses=(NotFound,), throttle="read", summary="Show a product")
def product_detail(request: HttpRequest, name: str) -> HttpResponse:
    """A product on sale, by its id or its slug. A slug that it had before leads to the present one (301)."""
    wanted = read_query(InCurrency, request)
    _check_currency(wanted.currency)
    found = _rows(Fragment(BY_ID if name.startswith("prd_") else BY_SLUG, (name, wanted.currency)))
    if not found:
        return _moved(request, name)
    body, etag = found[0]
    return stored(body.encode(), etag=etag)


@hot(answers={200: Tree}, throttle="read", summary="Show the category tree")
def category_tree(_request: HttpRequest) -> HttpResponse:
    """All categories with how many products on sale stand in them or below."""
    children: dict[int | None, Rows] = {}
    for row in _rows(Fragment(CATEGORIES)):
        children.setdefault(row[1], []).append(row)
    body = _encode(Tree(data=_nodes(children, None)))
    return stored(body, etag=blake2b(body, digest_size=16).hexdigest())


def _nodes(children: dict[int | None, Rows], parent: int | None) -> tuple[CategoryNode, ...]:
    return tuple(
        CategoryNode(name=name, slug=slug, path=path, products=products, children=_nodes(children, row_id))
        for row_id, _, name, slug, path, products in children.get(parent, [])
    )


def _page(request: HttpRequest, found: Rows, place: Place | None, keyset: Keyset, *, limit: int) -> list[str]:
    """The cards and the addresses of the neighbouring pages."""
    turned = place is not None and place.is_backward
    has_more, kept = len(found) > limit, found[:limit]
    if turned:
        kept.reverse()
    before, after = (has_more, True) if turned else (place is not None, has_more)
    following = _address(request, keyset.cursor(kept[-1][1:], backward=False)) if kept and after else None
    previous = _address(request, keyset.cursor(kept[0][1:], backward=True)) if kept and before else None
    cards = ",".join([row[0] for row in kept])
    return [cards, f'],"next":{_encode(following).decode()},"previous":{_encode(previous).decode()}']


def _address(request: HttpRequest, cursor: str) -> str:
    kept = [(name, text) for name, given in request.GET.lists() if name != "cursor" for text in given]
    return f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _moved(request: HttpRequest, name: str) -> HttpResponse:
    former = _rows(Fragment(FORMER, (name,)))
    if not former or former[0][0] == name:
        raise NotFound(kind="product", id=name)
    place = reverse("product", kwargs={"name": former[0][0]})
    query = request.META.get("QUERY_STRING", "")
    return HttpResponse(status=301, headers={"Location": f"{place}?{query}" if query else place})


def _rows(statement: Fragment) -> Rows:
    with connections["catalog"].cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return list(cursor.fetchall())


def _check_currency(currency: str) -> None:
    if currency not in EXPONENTS:
        raise invalid_query("currency", "unknown_currency", "This is no ISO 4217 currency; give a code such as EUR.")
