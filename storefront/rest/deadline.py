"""How long the client of a public request will wait: its own word, or the shop's default."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest

from storefront.calls.deadline import within
from storefront.database.cutoff import cut_off_at_deadline
from storefront.topology import modules_here
from storefront.topology.admission import WAITED

HEADER = "HTTP_DEADLINE_MS"
"""`Deadline-Ms`: milliseconds left. Anybody may send it, for it only ever takes time away."""


@contextmanager
def within_the_clients_time(request: HttpRequest) -> Iterator[None]:
    """Everything that is done for the request, here and in other processes, is done in time or not at all.

    A saga that the request has begun is the shop's own from then on, and goes on in the background.
    """
    told = request.META.get(HEADER, "")
    waited: float = request.META.get(WAITED, 0.0)
    most = settings.STOREFRONT_REQUEST_SECONDS - waited
    if not (told.isascii() and told.isdecimal() and len(told) < 9):  # hardly a deadline: as if nothing was said
        with within(most):  # statements outside of calls have the database's own limit, which is less
            yield
        return
    with within(min(int(told) / 1000 - waited, most)), cut_off_at_deadline((DEFAULT_DB_ALIAS, *modules_here())):
        yield
