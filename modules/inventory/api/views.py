"""Stock for operators and machines."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from modules.inventory.api.shapes import CountedLevel, LevelOut, NewAdjustment, StockListing
from modules.inventory.interface import ANY_VERSION, BelowPromised, Inventory, Level, StockChanged, TooManyUnits
from modules.inventory.models import Level as LevelRow
from storefront.interface import NotFound, connect
from storefront.rest import ModuleView, Page, answered, created, documented, read, read_query
from storefront.rest.pagination import Keyset, paged

_inventory = connect(Inventory)
KEYSET = Keyset("item_id", "location_id", types=(str, str))
SCOPES = {"get": "stock:read", "patch": "stock:write", "post": "stock:write"}


class StockList(ModuleView):
    """All levels."""

    required_scope = SCOPES

    @documented(query=StockListing, answers={200: Page[LevelOut]})
    def get(self, request: Request) -> HttpResponse:
        """Levels by SKU and location; `sku` may be repeated."""
        listing = read_query(StockListing, request)
        wanted: dict[str, Any] = {"item_id__in": listing.sku} if listing.sku else {}
        if listing.location:
            wanted["location_id"] = listing.location
        rows = counted = LevelRow.objects.filter(**wanted)
        place = KEYSET.place(listing.cursor)
        if place:
            rows = rows.filter(KEYSET.condition(place))
        ordered = rows.order_by(*KEYSET.order)
        found = list((ordered.reverse() if place and place.is_backward else ordered)[: listing.limit + 1])
        return answered(paged(
            request, found, keyset=KEYSET, place=place, limit=listing.limit, show=_shown,
            values=lambda row: (row.item_id, row.location_id), count=counted.count() if listing.count else None,
        ))


class StockDetail(ModuleView):
    """One level."""

    required_scope = SCOPES

    @documented(answers={200: LevelOut}, refuses=(NotFound,))
    def get(self, request: Request, sku: str, location: str) -> HttpResponse:
        """The stock of a SKU at a location; its version is the ETag."""
        return _answered(_level(sku, location))

    @documented(
        request=CountedLevel, answers={200: LevelOut}, refuses=(NotFound, StockChanged, BelowPromised),
        version="required",
    )
    def patch(self, request: Request, sku: str, location: str) -> HttpResponse:
        """Set on hand to what was counted, if the level is still as it was read."""
        version = self.expected_version(request, required=True)
        counted = read(CountedLevel, request)
        return _answered(_inventory.count(
            key=self.key(request), sku=sku, location=location, on_hand=counted.on_hand, reason=counted.reason,
            expected_version=ANY_VERSION if version is None else version, actor=_actor(request),
        ))


class AdjustmentList(ModuleView):
    """Where stock is adjusted. What was adjusted is read in the movements."""

    required_scope = SCOPES

    @documented(
        request=NewAdjustment, answers={201: LevelOut}, refuses=(NotFound, BelowPromised, TooManyUnits),
        key_required=True,
    )
    def post(self, request: Request) -> HttpResponse:
        """Add units to a level or take them away; the reason `received` says that ordered goods came in."""
        key = self.key(request, required=True)
        wanted = read(NewAdjustment, request)
        level = _inventory.adjust(
            key=key, sku=wanted.sku, location=wanted.location, change=wanted.change, reason=wanted.reason,
            actor=_actor(request),
        )
        return created(LevelOut.of(level), etag=level.version)


def _level(sku: str, location: str) -> Level:
    for level in _inventory.levels(skus=(sku,)):
        if level.location == location:
            return level
    raise NotFound(kind="stock level", id=f"{sku} at {location}")


def _answered(level: Level) -> HttpResponse:
    return answered(LevelOut.of(level), etag=level.version)


def _shown(row: LevelRow) -> LevelOut:
    return LevelOut.of(Level(
        sku=row.item_id, location=row.location_id, on_hand=row.on_hand, allocated=row.allocated,
        reserved=row.reserved, version=row.version,
    ))


def _actor(request: Request) -> str:
    """The machine whose key it is; the scopes let nobody else in."""
    machine: Any = request.auth
    return f"key:{machine.prefix}" if machine else "api"
