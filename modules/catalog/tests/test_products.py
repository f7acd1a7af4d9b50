"""Products: what the commands promise."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from modules.catalog.events import PriceChanged, ProductArchived, ProductPublished
from modules.catalog.interface import (
    AttributeInput,
    AttributeMismatch,
    Catalog,
    Option,
    PriceChange,
    SkuTaken,
    VariantInput,
    VariantRepeated,
)
from modules.catalog.models import Attribute, AttributeValue, Category, Listing, Price, Product, Variant
from modules.catalog.tests.goods import mug, put, variant
from storefront.interface import NotFound, connect
from storefront.money import Money
from storefront.testing.world import World


class TestPutProduct:
    def test_creates_a_product_with_its_variants_prices_and_categories(self, world: World) -> None:
        stored = put(world, mug())

        assert stored.outcome == "created"
        assert stored.slug == "red-mug"
        assert list(Variant.objects.values_list("sku", flat=True)) == ["RED-MUG-S", "RED-MUG-L"]
        assert Price.objects.count() == 3
        assert [category.path for category in Category.objects.all()] == ["kitchen", "kitchen/mugs"]
        assert [event.skus for event in world.published(ProductPublished)] == [("RED-MUG-S", "RED-MUG-L")]

    def test_leaves_an_equal_product_as_it_is(self, world: World) -> None:
        first = put(world, mug())

        again = put(world, mug())

        assert (again.product_id, again.outcome) == (first.product_id, "unchanged")
        assert Product.objects.get().version == 1

    def test_makes_an_existing_product_what_is_given(self, world: World) -> None:
        put(world, mug())
        large = Variant.objects.get(sku="RED-MUG-L")

        stored = put(world, mug(title="Big red mug", variants=(variant("RED-MUG-L", size="L", eur=1_900),)))

        assert stored.outcome == "updated"
        assert Product.objects.get().version == 2
        assert Variant.objects.get() == large
        assert world.published(PriceChanged) == [PriceChanged(sku="RED-MUG-L", price=Money(1_900, "EUR"))]

    def test_lets_two_variants_swap_their_options(self, world: World) -> None:
        put(world, mug())

        put(world, mug(variants=(variant("RED-MUG-L", size="S"), variant("RED-MUG-S", size="L"))))

        assert Variant.objects.get(sku="RED-MUG-L").options == [{"name": "Size", "value": "S"}]

    def test_refuses_a_sku_of_another_product_and_changes_nothing(self, world: World) -> None:
        put(world, mug())

        with pytest.raises(SkuTaken, match="RED-MUG-S belongs to red-mug"):
            put(world, mug("blue", variants=(variant("RED-MUG-S"),)))

        assert Product.objects.count() == 1

    def test_refuses_two_variants_with_the_same_choice(self, world: World) -> None:
        with pytest.raises(VariantRepeated, match="names the variant l twice"):
            put(world, mug(variants=(variant("RED-MUG-S", size="L"), variant("RED-MUG-L", size="l"))))

        assert not Product.objects.exists()

    def test_keeps_only_harmless_html(self, world: World) -> None:
        put(world, mug(description='<p onclick="x()">Tea<script>alert(1)</script></p>'))

        assert Product.objects.get().description == "<p>Tea</p>"

    def test_gives_handles_that_look_alike_slugs_of_their_own(self, world: World) -> None:
        first = put(world, mug())
        second = put(world, mug("other", handle="Red Mug"))

        assert first.slug == "red-mug"
        assert second.slug.startswith("red-mug-")


class TestAttributes:
    def test_are_stored_in_the_canonical_form_of_their_kind(self, world: World) -> None:
        Attribute.objects.create(code="height", name="Height", kind="number")
        Attribute.objects.create(code="washable", name="Washable", kind="boolean")

        put(
            world,
            mug(
                attributes=(
                    AttributeInput(code="height", value="12.50"),
                    AttributeInput(code="washable", value="Yes"),
                )
            ),
        )

        assert sorted(AttributeValue.objects.values_list("value", flat=True)) == ["12.5", "true"]

    @pytest.mark.parametrize(("kind", "value"), [("number", "tall"), ("boolean", "perhaps"), ("choice", "tartan")])
    def test_refuse_what_is_no_value_of_their_kind(self, world: World, kind: str, value: str) -> None:
        Attribute.objects.create(code="made", name="Made", kind=kind, choices=["plain", "striped"])

        with pytest.raises(AttributeMismatch, match=f"made is a {kind}"):
            put(world, mug(attributes=(AttributeInput(code="made", value=value),)))

        assert not Product.objects.exists()


class TestChangePrices:
    def test_counts_and_announces_what_differed(self, world: World) -> None:
        put(world, mug())

        changed = connect(Catalog).change_prices(
            key=world.key(),
            changes=(
                PriceChange(sku="RED-MUG-S", price=Money(1_400, "EUR")),
                PriceChange(sku="RED-MUG-L", price=Money(1_700, "EUR")),
                PriceChange(sku="RED-MUG-L", price=Money(2_500, "JPY")),
            ),
        )

        assert changed == 2
        assert {event.price for event in world.published(PriceChanged)} == {Money(1_700, "EUR"), Money(2_500, "JPY")}
        assert Listing.objects.get(currency="EUR").highest_minor == 1_700
        assert Listing.objects.filter(currency="JPY").count() == 1

    def test_refuses_an_unknown_sku_and_changes_nothing(self, world: World) -> None:
        put(world, mug())

        with pytest.raises(NotFound, match="GHOST-MUG"):
            connect(Catalog).change_prices(
                key=world.key(),
                changes=(
                    PriceChange(sku="RED-MUG-S", price=Money(1, "EUR")),
                    PriceChange(sku="GHOST-MUG", price=Money(1, "EUR")),
                ),
            )

        assert not world.published(PriceChanged)


class TestStatus:
    def test_archiving_takes_a_product_off_sale_and_publishing_puts_it_back(self, world: World) -> None:
        catalog, product_id = connect(Catalog), put(world, mug()).product_id

        catalog.archive_product(key=world.key(), product_id=product_id)
        quoted = catalog.quotes(skus=("RED-MUG-S",), currency="EUR")
        catalog.publish_product(key=world.key(), product_id=product_id)

        assert quoted == ()
        assert [event.product_id for event in world.published(ProductArchived)] == [product_id]
        assert len(world.published(ProductPublished)) == 2
        assert Listing.objects.count() == 2

    def test_an_unknown_product_is_not_found(self, world: World) -> None:
        with pytest.raises(NotFound, match="prd_ghost"):
            connect(Catalog).publish_product(key=world.key(), product_id="prd_ghost")

    def test_a_draft_goes_on_sale_at_its_instant(self, world: World) -> None:
        put(world, mug(status="draft"))
        from storefront import clock

        Product.objects.update(publish_at=clock.now())

        world.clock.advance(minutes=2)
        world.settle()

        assert Product.objects.get().status == "active"
        assert Listing.objects.exists()


class TestQuotes:
    def test_tell_what_a_sku_is_and_costs_in_one_statement(self, world: World) -> None:
        put(
            world,
            mug(
                variants=(
                    VariantInput(
                        sku="RED-MUG-L",
                        options=(Option(name="Size", value="L"),),
                        prices=variant("X", eur=1_800).prices,
                        weight_g=450,
                        tax_class="reduced",
                    ),
                )
            ),
        )

        with CaptureQueriesContext(connections["catalog"]) as asked:
            quotes = connect(Catalog).quotes(skus=("GHOST-MUG", "RED-MUG-L"), currency="EUR")

        assert len(asked) == 1
        assert [(quote.sku, quote.title, quote.unit_price) for quote in quotes] == [
            ("RED-MUG-L", "Red mug", Money(1_800, "EUR"))
        ]
        assert quotes[0].options == (Option(name="Size", value="L"),)
        assert (quotes[0].weight_g, quotes[0].tax_class, quotes[0].price_includes_tax) == (450, "reduced", True)

    def test_leave_out_what_is_not_priced_in_the_currency(self, world: World) -> None:
        put(world, mug())

        assert [quote.sku for quote in connect(Catalog).quotes(skus=("RED-MUG-S", "RED-MUG-L"), currency="USD")] == [
            "RED-MUG-S"
        ]
