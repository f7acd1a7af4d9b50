"""Catalog: what other modules may ask of products and prices.

Prices are `Money` in minor units, per sellable unit. Weights are whole grams.
"""

from typing import Literal

from storefront.interface import Interface, Key, NotFound, Refusal, Value, command, query
from storefront.money import Money


class Option(Value):
    """One choice that makes a variant: size, L."""

    name: str
    value: str


class Quote(Value):
    """What a SKU is and costs at this moment; to be copied, not referred to."""

    sku: str
    product_id: str
    variant_id: str
    title: str  # the product's
    options: tuple[Option, ...]
    unit_price: Money
    price_includes_tax: bool
    tax_class: str  # standard, reduced, zero
    weight_g: int
    requires_shipping: bool
    image_url: str = ""


class PriceChange(Value):
    """A new price of a SKU."""

    sku: str
    price: Money


class PriceInput(Value):
    """A price of a variant in the currency that it names."""

    price: Money
    includes_tax: bool
    compare_at: Money | None = None


class VariantInput(Value):
    """A variant as it shall be."""

    sku: str
    options: tuple[Option, ...]
    prices: tuple[PriceInput, ...]
    weight_g: int = 0
    barcode: str = ""
    tax_class: str = "standard"
    tax_code: str = ""
    requires_shipping: bool = True
    image: str = ""  # the source of one of the product's images


class Rendition(Value):
    """A picture in one width and format; its name is a path under the media root."""

    format: str  # webp, avif
    width: int
    height: int
    name: str


class ImageInput(Value):
    """A picture as it shall be; without renditions it is known but not shown."""

    source: str
    alt: str = ""
    content_hash: str = ""
    width: int = 0
    height: int = 0
    renditions: tuple[Rendition, ...] = ()


class AttributeInput(Value):
    """One value of an attribute; an unknown code becomes a text attribute."""

    code: str
    value: str


class ProductInput(Value):
    """A product as it shall be, in full: what is not named here is removed from it."""

    handle: str
    title: str
    variants: tuple[VariantInput, ...]
    description: str = ""  # HTML
    vendor: str = ""
    product_type: str = ""
    tags: tuple[str, ...] = ()
    status: Literal["draft", "active", "archived"] = "draft"
    seo_title: str = ""
    seo_description: str = ""
    categories: tuple[tuple[str, ...], ...] = ()  # names from the root
    attributes: tuple[AttributeInput, ...] = ()
    images: tuple[ImageInput, ...] = ()


class StoredProduct(Value):
    """What became of a product that was put."""

    product_id: str
    slug: str
    outcome: Literal["created", "updated", "unchanged"]


class NotPriced(Refusal):
    """The SKU exists but has no price in this currency."""

    code = "catalog.not_priced"
    message = "{sku} has no price in {currency}."
    sku: str
    currency: str


class SkuTaken(Refusal):
    """The SKU belongs to a variant of another product."""

    code = "catalog.sku_taken"
    message = "The SKU {sku} belongs to {handle}; give each variant its own."
    sku: str
    handle: str


class VariantRepeated(Refusal):
    """Two variants of the product have the same SKU, or the same choice of options."""

    code = "catalog.variant_repeated"
    message = "{handle} names the variant {variant} twice; leave one."
    handle: str
    variant: str


class AttributeMismatch(Refusal):
    """The value does not fit the kind of its attribute."""

    code = "catalog.attribute_mismatch"
    status = 422
    message = "{attribute} is a {kind}; {value!r} is none."
    attribute: str
    kind: str
    value: str


class Catalog(Interface, module="catalog", version=1):
    """Products, variants, prices, and their availability as last heard."""

    @query(timeout=0.5)
    def quotes(self, *, skus: tuple[str, ...], currency: str) -> tuple[Quote, ...]:
        """What is on sale under these SKUs, priced in `currency`; SKUs not on sale or not priced are left out."""

    @command(timeout=2.0, refuses=(NotFound,))
    def change_prices(self, *, key: Key, changes: tuple[PriceChange, ...]) -> int:
        """Set prices of existing SKUs, in the currency that each names. Returns how many differed."""

    @command(timeout=2.0, refuses=(NotFound,))
    def publish_product(self, *, key: Key, product_id: str) -> None:
        """Put a draft or archived product on sale."""

    @command(timeout=2.0, refuses=(NotFound,))
    def archive_product(self, *, key: Key, product_id: str) -> None:
        """Take a product off sale; orders keep their copies."""

    @command(timeout=5.0, refuses=(NotFound,))
    def complete_matrix(self, *, key: Key, product_id: str) -> int:
        """Make every variant that the product's options allow and it lacks, priced as its first. Returns how many."""

    @command(timeout=10.0, refuses=(SkuTaken, VariantRepeated, AttributeMismatch))
    def put_product(self, *, key: Key, product: ProductInput) -> StoredProduct:
        """Create the product of this handle, or make it what is given; categories are created as named."""
