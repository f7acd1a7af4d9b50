"""How broad a category is: whether to walk the list in its order and look, or to gather its products and sort them.

PostgreSQL chooses well when it plans each request, but for a page of a broad category planning costs as much as the
reading. So what is broad is told to it, in a form that it plans once and keeps.
"""

import time

from django.db import connections

KEEP_SECONDS = 300.0
MOST_KNOWN = 10_000
BROAD = 10
"""A category of n among N products is broad where n * n is over this many N: then a walk meets a page of it sooner."""

_known: dict[str, tuple[float, bool]] = {}


def is_broad(key: str) -> bool:
    """Whether the facet with this key holds a large part of the catalogue; asked once in five minutes."""
    until, answer = _known.get(key, (0.0, False))
    now = time.monotonic()
    if until <= now:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        answer = _ask(key)
        _known[key] = (now + KEEP_SECONDS, answer)
    return answer


def forget() -> None:
    """Ask again; tests change whole catalogues."""
    _known.clear()


def _ask(key: str) -> bool:
    connection = connections["catalog"]
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), (SELECT reltuples FROM pg_class WHERE oid = 'catalog_product'::regclass)"
            " FROM (SELECT 1 FROM catalog_facet WHERE key = %s LIMIT 10000) AS held",
            [key],
        )
        held, products = cursor.fetchone()
    return bool(products > 0 and held * held > BROAD * products)
