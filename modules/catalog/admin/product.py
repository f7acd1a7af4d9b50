"""Products in the admin: edited with their variants, pictures and places; put on sale by command."""

from collections.abc import Callable
from typing import Any

import msgspec
import nh3
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import StackedInline, TabularInline
from unfold.decorators import display

from modules.catalog.admin.forms import ImageForm, OptionForm, VariantForm, write_prices
from modules.catalog.admin.rebuilding import RebuildingAdmin
from modules.catalog.events import PriceChanged
from modules.catalog.interface import Catalog
from modules.catalog.interface import Option as Choice
from modules.catalog.models import AttributeValue, Image, Listing, Option, Placement, Product, Slug, Variant
from modules.catalog.services import touched
from modules.catalog.writing import axes_of_choices
from storefront.events import publish
from storefront.ids import new_id
from storefront.interface import connect
from storefront.money import Money

STATUS_LABELS = {"active": "success", "draft": "warning", "archived": "danger"}
BAND_LABELS = {"in_stock": "success", "low_stock": "warning", "backorder": "info", "out_of_stock": "danger"}
HOME_CURRENCY = "EUR"


class VariantInline(StackedInline):  # type: ignore[misc]
    model = Variant
    form = VariantForm
    fields = [("sku", "choice", "money"), ("weight_g", "barcode", "tax_class", "requires_shipping", "position")]
    extra = 0
    tab = True


class OptionInline(TabularInline):  # type: ignore[misc]
    model = Option
    form = OptionForm
    fields = ["name", "listed", "position"]
    extra = 0
    tab = True


class ImageInline(TabularInline):  # type: ignore[misc]
    model = Image
    form = ImageForm
    fields = ["preview", "upload", "alt", "position"]
    readonly_fields = ["preview"]
    extra = 0
    tab = True

    @admin.display(description="")
    def preview(self, image: Image) -> str:
        """The smallest rendition, or where the picture is to come from."""
        if not image.thumbnail:
            return image.source
        return format_html('<img src="/media/{}" alt="" width="80">', image.thumbnail)


class AttributeInline(TabularInline):  # type: ignore[misc]
    model = AttributeValue
    extra = 0
    tab = True


class PlacementInline(TabularInline):  # type: ignore[misc]
    model = Placement
    extra = 0
    tab = True


@admin.register(Product)
class ProductAdmin(RebuildingAdmin):
    """Nothing is deleted, only archived: orders and reports go on naming it."""

    list_display = ["title", "state", "product_type", "vendor", "price", "stock", "variant_count", "updated_at"]
    list_filter = ["status", "product_type", "vendor", "placements__category"]
    search_fields = ["title", "handle", "variants__sku", "vendor"]
    ordering = ["-updated_at"]
    actions = ["publish_products", "archive_products", "complete_matrices"]
    inlines = [VariantInline, OptionInline, ImageInline, PlacementInline, AttributeInline]
    prepopulated_fields = {"slug": ["handle"]}
    readonly_fields = ["state", "published_at", "version"]
    fields = [
        ("title", "state"), ("handle", "slug"), "description", ("vendor", "product_type"), "tags", "publish_at",
        ("seo_title", "seo_description"), "metadata", ("published_at", "version"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """With what the columns show."""
        found: QuerySet[Product] = super().get_queryset(request)
        return found.prefetch_related("variants", "listings")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Products are archived."""
        return False

    @display(description="Status", ordering="status", label=STATUS_LABELS)  # type: ignore[untyped-decorator]
    def state(self, product: Product) -> str:
        return product.status

    @admin.display(description="Price")
    def price(self, product: Product) -> str:
        listing = _listing(product)
        if not listing:
            return "-"
        lowest, highest = (Money(amount, HOME_CURRENCY) for amount in (listing.price_minor, listing.highest_minor))
        return str(lowest) if lowest == highest else f"{lowest} to {highest}"

    @display(description="Availability", label=BAND_LABELS)  # type: ignore[untyped-decorator]
    def stock(self, product: Product) -> str:
        listing = _listing(product)
        return listing.band if listing else "-"

    @admin.display(description="Variants")
    def variant_count(self, product: Product) -> int:
        return len(product.variants.all())

    @admin.action(description="Put on sale", permissions=["change"])
    def publish_products(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        """By the command, one by one."""
        self._each(request, products, connect(Catalog).publish_product, "on sale")

    @admin.action(description="Archive", permissions=["change"])
    def archive_products(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        """By the command, one by one."""
        self._each(request, products, connect(Catalog).archive_product, "archived")

    @admin.action(description="Make all variants of the options", permissions=["change"])
    def complete_matrices(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        """By the command, one by one."""
        self._each(request, products, connect(Catalog).complete_matrix, "complete")

    def _each(self, request: HttpRequest, products: QuerySet[Product], command: Callable[..., Any], what: str) -> None:
        ids = list(products.values_list("id", flat=True))
        for product_id in ids:
            command(key=new_id("adm"), product_id=product_id)
        self.message_user(request, f"{len(ids)} products are {what}.", messages.SUCCESS)

    def save_model(self, request: HttpRequest, product: Product, form: Any, change: bool) -> None:
        """Harmless HTML only; a slug that is given up still leads here."""
        product.description = nh3.clean(product.description)
        super().save_model(request, product, form, change)
        Slug.objects.filter(slug=product.slug).delete()
        if change and "slug" in form.changed_data:
            Slug.objects.update_or_create(slug=form.initial["slug"], defaults={"product": product})

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Variants bring their prices."""
        super().save_formset(request, form, formset, change)
        if formset.model is Variant:
            for variant_form in formset.forms:
                money = variant_form.cleaned_data.get("money")
                if money and variant_form not in formset.deleted_forms:
                    for changed in write_prices(variant_form.instance, money):
                        publish(PriceChanged(sku=variant_form.instance.sku, price=changed))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Options know all values of the variants; listings follow."""
        super().save_related(request, form, formsets, change)
        _add_values(form.instance)
        touched({form.instance.pk})


def _listing(product: Product) -> Listing | None:
    return next((found for found in product.listings.all() if found.currency == HOME_CURRENCY), None)


def _add_values(product: Product) -> None:
    """Values that a variant has and its option lacks are added to the option."""
    chosen = [msgspec.convert(variant.options, tuple[Choice, ...]) for variant in product.variants.all()]
    for position, (name, values) in enumerate(axes_of_choices(chosen).items()):
        option, _ = Option.objects.get_or_create(product=product, name=name, defaults={"position": position})
        option.values = list(dict.fromkeys([*option.values, *values]))
        option.save()
