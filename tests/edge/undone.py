"""What is done inside is undone: each question of a matrix meets the same shop."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def undone() -> Iterator[None]:
    """Savepoints on every database, of which Django's own transactions know nothing. Inside a test's transaction."""
    _everywhere("SAVEPOINT undone")
    try:
        yield
    finally:
        _everywhere("ROLLBACK TO SAVEPOINT undone")
        _everywhere("RELEASE SAVEPOINT undone")


def _everywhere(statement: str) -> None:
    for alias in connections:
        with connections[alias].cursor() as cursor:
            cursor.execute(statement)
