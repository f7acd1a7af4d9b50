"""Search behind one protocol: each backend says, as SQL, which products a text means and how well."""

import re
from functools import cache
from typing import Any, NamedTuple, Protocol

from django.db import connections

from modules.catalog.domain import folded

MOST_WORDS = 10


class Fragment(NamedTuple):
    """A piece of SQL and its parameters."""

    sql: str
    parameters: tuple[Any, ...] = ()


class SearchBackend(Protocol):
    """Finds products by words; the text is indexed by the database in the transaction that changes it."""

    def matches(self, text: str) -> Fragment:
        """A SELECT of (product_id, score): score is whole, higher is better."""


class Fts5:
    """SQLite's full-text index: every word, or its beginning, must occur."""

    def matches(self, text: str) -> Fragment:
        found = " ".join(f'"{word}"*' for word in words(text))
        if not found:
            return NOTHING
        return Fragment(
            """SELECT d.product_id, CAST(-1000000 * bm25(catalog_searchindex, 10.0, 4.0, 1.0) AS INTEGER) AS score
            FROM catalog_searchindex JOIN catalog_searchdocument d ON d.id = catalog_searchindex.rowid
            WHERE catalog_searchindex MATCH %s""",
            (found,),
        )


class Tsvector:
    """PostgreSQL's stored vectors; where no document has the words, titles that resemble them."""

    def __init__(self, *, has_trigrams: bool) -> None:
        self.has_trigrams = has_trigrams

    def matches(self, text: str) -> Fragment:
        found = words(text)
        if not found:
            return NOTHING
        exact = """SELECT product_id, (1000000 * ts_rank(document, wanted))::bigint AS score
            FROM catalog_searchdocument, to_tsquery('english', %s) wanted WHERE document @@ wanted"""
        wanted = " & ".join(f"{word}:*" for word in found)
        if not self.has_trigrams:
            return Fragment(exact, (wanted,))
        typed = " ".join(found)
        return Fragment(
            f"""WITH exact AS ({exact}) SELECT product_id, score FROM exact UNION ALL
            SELECT product_id, (1000000 * word_similarity(%s, title))::bigint FROM catalog_searchdocument
            WHERE NOT EXISTS (SELECT 1 FROM exact) AND %s <%% title""",  # noqa: S608
            (wanted, typed, typed),
        )


NOTHING = Fragment("SELECT '' AS product_id, 0 AS score WHERE 1 = 0")


def words(text: str) -> list[str]:
    """The words of a search, folded as the documents are."""
    return re.findall(r"[^\W_]+", folded(text))[:MOST_WORDS]


def search_backend() -> SearchBackend:
    """The backend of the database that the catalogue lives in."""
    if connections["catalog"].vendor == "sqlite":
        return Fts5()
    return Tsvector(has_trigrams=_has_trigrams(str(connections["catalog"].settings_dict["NAME"])))


@cache
def _has_trigrams(_database: str) -> bool:
    with connections["catalog"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        return bool(cursor.fetchone()[0])
