"""What the public API shows of the catalogue; also what is stored ready in listings."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from storefront.interface import Value
from storefront.money import Money
from storefront.rest.pagination import Listing

Band = Literal["in_stock", "low_stock", "backorder", "out_of_stock"]
Text = Annotated[str, msgspec.Meta(max_length=200)]
Amount = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Pair = Annotated[str, msgspec.Meta(max_length=600, pattern=r"^[^:]+:.+$(?!\n)")]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class Shown(Value):
    """A part of an answer."""


class Source(Shown):
    """The picture in one format, in several widths: for `<source>`."""

    type: str
    srcset: str


class Picture(Shown):
    """A picture; `url` is its middle width as WebP."""

    url: str
    alt: str
    width: int
    height: int
    srcset: str
    sources: tuple[Source, ...]


class Card(Shown):
    """A product in a list. Its price is that of its cheapest variant, up to `highest_price`."""

    id: str
    slug: str
    title: str
    vendor: str
    price: Money
    highest_price: Money
    compare_at: Money | None
    price_includes_tax: bool
    availability: Band
    image: Picture | None


class CategoryRef(Shown):
    """A category that a product stands in."""

    name: str
    slug: str
    path: str


class OptionAxis(Shown):
    """An option and the values that there are of it."""

    code: str
    name: str
    values: tuple[str, ...]


class VariantShown(Shown):
    """What can be put into a cart."""

    id: str
    sku: str
    options: dict[str, str]
    price: Money
    compare_at: Money | None
    price_includes_tax: bool
    availability: Band
    expected_date: date | None
    weight_g: int
    barcode: str
    requires_shipping: bool
    image: Picture | None


class Seo(Shown):
    """What search engines are told."""

    title: str
    description: str


AttributeShown = str | int | float | bool | tuple[str | int | float | bool, ...]


class Detail(Card):
    """A product's page."""

    description: str
    product_type: str
    tags: tuple[str, ...]
    categories: tuple[CategoryRef, ...]
    attributes: dict[str, AttributeShown]
    options: tuple[OptionAxis, ...]
    variants: tuple[VariantShown, ...]
    images: tuple[Picture, ...]
    seo: Seo
    metadata: dict[str, str]
    published_at: datetime
    version: int


class CategoryNode(Shown):
    """A category, how many products stand in it or below, and what is below."""

    name: str
    slug: str
    path: str
    products: int
    children: tuple["CategoryNode", ...]


class Tree(Shown):
    """All categories, from the roots."""

    data: tuple[CategoryNode, ...]


class FacetValue(Shown):
    """One value, and how many products of the list have it."""

    value: str
    name: str
    count: int


class FacetGroup(Shown):
    """An option or an attribute, and its values. A filter of the group itself does not count against them."""

    code: str
    name: str
    values: tuple[FacetValue, ...]


class PriceRange(Shown):
    """From the cheapest to the dearest variant of the list."""

    lowest: Money
    highest: Money


class Facets(Shown):
    """How the list can be narrowed."""

    categories: tuple[FacetValue, ...]
    options: tuple[FacetGroup, ...]
    attributes: tuple[FacetGroup, ...]
    price: PriceRange | None


class ProductPage(Shown):
    """A page of products."""

    data: tuple[Card, ...]
    next: str | None
    previous: str | None
    count: int | msgspec.UnsetType = msgspec.UNSET
    facets: Facets | msgspec.UnsetType = msgspec.UNSET


class ProductListing(Listing):
    """Filters of the product list. Several values of one option or attribute mean any of them."""

    category: Text | None = None
    search: Text | None = None
    in_stock: bool | None = None
    min_price: Amount | None = None
    max_price: Amount | None = None
    option: tuple[Pair, ...] = ()
    attribute: tuple[Pair, ...] = ()
    sort: Literal["newest", "price", "-price", "title", "relevance"] | None = None
    currency: Currency = "EUR"
    facets: bool = False


class InCurrency(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of its prices a product shows."""

    currency: Currency = "EUR"
