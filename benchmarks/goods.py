"""What there is to ask for in a shop, read through its public API. Reading it also warms the shop up."""

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from benchmarks.wire import Answer, Journey, Unexpected, drive, request

API = "/api/v1"
SORTS = ("newest", "price", "-price", "title")
PAGES = 3
SEARCHES = 150


class Goods(NamedTuple):
    """Targets of list requests, slugs of products, and SKUs that are in stock."""

    lists: tuple[str, ...]
    slugs: tuple[str, ...]
    skus: tuple[str, ...]


def read_goods(origin: str, *, clients: int, products: int) -> Goods:
    """Read up to `products` products with their variants.

    :raises LookupError: nothing is in stock
    """
    slugs, titles = _shelves(origin, products)
    details = _all(origin, [f"{API}/products/{slug}" for slug in slugs], clients=clients)
    variants = [variant for detail in details for variant in detail["variants"]]
    skus = tuple(variant["sku"] for variant in variants if variant["availability"] == "in_stock")
    if not skus:
        raise LookupError("Nothing is in stock; seed the shop first.")
    return Goods(lists=tuple(_lists(origin, titles, clients=clients)), slugs=tuple(slugs), skus=skus)


def _shelves(origin: str, most: int) -> tuple[list[str], list[str]]:
    slugs: list[str] = []
    titles: list[str] = []
    target = f"{API}/products?limit=100"
    while target and len(slugs) < most:
        (page,) = _all(origin, [target], clients=1)
        slugs += [card["slug"] for card in page["data"]]
        titles += [card["title"] for card in page["data"]]
        target = page["next"]
    return slugs[:most], titles[:most]


def _lists(origin: str, titles: list[str], *, clients: int) -> Iterator[str]:
    """Half of them categories by sort and page, a quarter filtered, a quarter searches."""
    (tree,) = _all(origin, [f"{API}/categories"], clients=1)
    places = [f"category={quote(path)}&sort={sort}" for path in _paths(tree["data"]) for sort in SORTS]
    filters = [
        f"in_stock=true&min_price={lowest}&max_price={lowest * 2}&sort={sort}"
        for lowest in range(500, 10_000, 500) for sort in SORTS
    ]
    texts = [" ".join(title.split()[1:4]) for title in titles[:: max(1, len(titles) // SEARCHES)]]
    searches = [f"search={quote(text)}" for text in dict.fromkeys(texts)]
    for queries, weight in ((places, 2), (filters, 1), (searches, 1)):
        targets = list(_paged(origin, queries, clients=clients))
        yield from itertools.islice(itertools.cycle(targets), weight * 600)


def _paths(nodes: Iterable[Any]) -> Iterator[str]:
    for node in nodes:
        yield node["path"]
        yield from _paths(node["children"])


def _paged(origin: str, queries: Iterable[str], *, clients: int) -> Iterator[str]:
    targets = [f"{API}/products?{query}" for query in queries]
    for _ in range(PAGES):
        yield from targets
        targets = [page["next"] for page in _all(origin, targets, clients=clients) if page["next"]]


def _all(origin: str, targets: list[str], *, clients: int) -> list[Any]:
    """The JSON at each target, in their order."""
    found: list[Any] = [None] * len(targets)
    host, places = origin.rpartition("/")[2], iter(range(len(targets)))

    def fetch() -> Journey:
        place = next(places)
        answer: Answer = yield request("GET", targets[place], host=host)
        if answer.status != 200:
            raise Unexpected(f"{targets[place]}: {answer.status}")
        found[place] = json.loads(answer.body)

    if targets:
        tally = drive(origin, fetch, clients=clients, count=len(targets))
        if tally.failures:
            raise LookupError(f"The shop cannot be read: {next(iter(tally.failures))}")
    return found
