"""Pages of a list in a total order, by cursor."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from rest_framework.request import Request

from storefront.rest.body import Shape
from storefront.rest.fault import Defect, Fault
from storefront.rest.query import read_query
from storefront.rest.storable import is_storable

T = TypeVar("T")

DEFAULT_LIMIT = 24
MAX_LIMIT = 100


class Listing(Shape):
    """The parameters of every list; a module's own shape adds its filters."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, msgspec.Meta(max_length=1_000)] | None = None
    count: bool = False


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of the rows, and where the others are."""

    data: tuple[T, ...]
    next: str | None
    previous: str | None
    count: int | msgspec.UnsetType = msgspec.UNSET


class Place(NamedTuple):
    """A place in the order: the values of the row before it, and which way to go on."""

    values: tuple[Any, ...]
    is_backward: bool


class Keyset:
    """A total order over columns, the last of which is unique; `-` before a name means descending.

    types: of the columns, in the same order: int, str, or what msgspec can read, such as datetime.
    """

    def __init__(self, *order: str, types: Sequence[Any]) -> None:
        self.order = order
        self.names = tuple(name.removeprefix("-") for name in order)
        self.descending = tuple(name.startswith("-") for name in order)
        self._decoder = msgspec.json.Decoder(tuple[str, bool, tuple[tuple(types)]])  # type: ignore[misc]

    def place(self, cursor: str | None) -> Place | None:
        """What a cursor says.

        :raises Fault: 400 unless this order wrote the cursor
        """
        if cursor is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            order, is_backward, values = self._decoder.decode(raw)
        except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError) as error:
            raise bad_cursor() from error
        if order != ",".join(self.order) or not is_storable(values):
            raise bad_cursor()
        return Place(values, is_backward)

    def cursor(self, values: Sequence[Any], *, backward: bool) -> str:
        """The place beside a row with these values."""
        raw = msgspec.json.encode((",".join(self.order), backward, tuple(values)))
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def condition(self, place: Place) -> Q:
        """The rows beyond a place."""
        found, same = Q(), Q()
        for name, value, is_descending in zip(self.names, place.values, self.descending, strict=True):
            way = "lt" if is_descending != place.is_backward else "gt"
            found |= same & Q(**{f"{name}__{way}": value})
            same &= Q(**{name: value})
        return found

    def condition_sql(self, place: Place | None) -> tuple[str, list[Any]]:
        """The same for SQL written by hand: a condition over the columns, and its parameters."""
        if place is None:
            return "TRUE", []
        parts, parameters = [], []
        same: list[tuple[str, Any]] = []
        for position, (name, value) in enumerate(zip(self.names, place.values, strict=True)):
            way = "<" if self.descending[position] != place.is_backward else ">"
            parts.append(" AND ".join([*(f"{n} = %s" for n, _ in same), f"{name} {way} %s"]))
            parameters += [*(v for _, v in same), value]
            same.append((name, value))
        return f"({' OR '.join(f'({part})' for part in parts)})", parameters

    def order_sql(self, place: Place | None) -> str:
        """The ORDER BY list that goes with `condition_sql`."""
        turned = place is not None and place.is_backward
        return ", ".join(
            f"{name} DESC" if down != turned else f"{name} ASC"
            for name, down in zip(self.names, self.descending, strict=True)
        )


def bad_cursor() -> Fault:
    """A cursor that we did not write for this list."""
    return Fault(
        "invalid_cursor", "The cursor is not one of this list; take `next` or `previous` as it is given.",
        errors=(Defect("?cursor", "invalid", "Not a cursor of this list."),),
    )


def page(
    request: Request | HttpRequest, rows: QuerySet[Any, Any], *, order: tuple[str, ...], show: Callable[[Any], T],
    listing: Listing | None = None,
) -> Page[T]:
    """A page of a queryset. order: model fields, none null, the last unique, such as `("-placed_at", "id")`.

    listing: the query as read by the view, if it has filters of its own.
    """
    listing = listing or read_query(Listing, request)
    keyset = _keyset_of(rows, order)
    place = keyset.place(listing.cursor)
    turned = place is not None and place.is_backward
    wanted = rows.order_by(*order)
    if turned:
        wanted = wanted.reverse()
    if place:
        wanted = wanted.filter(keyset.condition(place))
    found = list(wanted[: listing.limit + 1])
    count = rows.count() if listing.count else None
    return paged(
        request, found, keyset=keyset, place=place, limit=listing.limit, show=show, count=count,
        values=lambda row: [getattr(row, name) for name in keyset.names],
    )


def paged(
    request: Request | HttpRequest, found: Sequence[Any], *, keyset: Keyset, place: Place | None, limit: int,
    values: Callable[[Any], Sequence[Any]], show: Callable[[Any], T], count: int | None = None,
) -> Page[T]:
    """A page of rows already fetched, in `keyset.order_sql(place)`, one more than `limit` if there are more.

    values: the columns of the order, of a row.
    """
    turned = place is not None and place.is_backward
    has_more, kept = len(found) > limit, list(found[:limit])
    if turned:
        kept.reverse()
    before, after = (has_more, True) if turned else (place is not None, has_more)
    return Page(
        data=tuple(show(row) for row in kept),
        next=_url(request, keyset.cursor(values(kept[-1]), backward=False)) if kept and after else None,
        previous=_url(request, keyset.cursor(values(kept[0]), backward=True)) if kept and before else None,
        count=msgspec.UNSET if count is None else count,
    )


def _url(request: Request | HttpRequest, cursor: str) -> str:
    kept = [(name, text) for name, given in request.GET.lists() if name != "cursor" for text in given]
    return f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _keyset_of(rows: QuerySet[Any, Any], order: tuple[str, ...]) -> Keyset:
    from storefront.rest.columns import type_of

    model: Any = rows.model
    return Keyset(*order, types=[type_of(model, name.removeprefix("-")) for name in order])
