"""The catalogue in the admin: saving rebuilds, actions command, uploads can be tried first."""

import io
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Picture

from modules.catalog.audit import audit
from modules.catalog.events import PriceChanged, ProductArchived
from modules.catalog.interface import Catalog
from modules.catalog.models import Attribute, Category, Image, ImportRun, Listing, Option, Product, Variant
from modules.catalog.tests.files import row, text_of
from modules.catalog.tests.goods import mug, put
from storefront.interface import connect
from storefront.money import Money
from storefront.testing.world import World


@pytest.fixture
def staff(world: World) -> Client:
    """A browser in which an operator is at work."""
    user = get_user_model().objects.create_superuser("operator", "operator@shop.example", "long enough to keep")
    world.client.force_login(user)
    return world.client


def form_of(client: Client, address: str) -> dict[str, Any]:
    """The form as a browser would send it back unchanged."""
    context = client.get(address).context
    sent: dict[str, Any] = {"_shown": context["shown"]}
    for form in (
        context["adminform"].form,
        *(
            part
            for inline in context["inline_admin_formsets"]
            for part in (inline.formset.management_form, *inline.formset.forms)
        ),
    ):
        for field in form:
            value = field.value()
            if value is not None and value is not False and field.name != "upload":
                sent[field.html_name] = value
    for name in [name for name, value in sent.items() if hasattr(value, "isoformat")]:
        instant = sent.pop(name)
        sent[f"{name}_0"], sent[f"{name}_1"] = instant.date().isoformat(), instant.time().isoformat()
    for name in ("tags", "metadata"):
        if name in sent and not isinstance(sent[name], str):
            import json

            sent[name] = json.dumps(sent[name])
    return sent


class TestEveryPage:
    @pytest.mark.parametrize("model", ["product", "category", "attribute", "importrun"])
    def test_opens(self, world: World, staff: Client, model: str) -> None:
        put(world, mug())

        assert staff.get(f"/admin/catalog/{model}/").status_code == 200

    @pytest.mark.parametrize("model", ["product", "category", "attribute"])
    def test_has_a_form(self, world: World, staff: Client, model: str) -> None:
        assert staff.get(f"/admin/catalog/{model}/add/").status_code == 200


class TestSavingAProduct:
    def test_rebuilds_its_listings_and_announces_new_prices(self, world: World, staff: Client) -> None:
        product_id = put(world, mug()).product_id
        address = f"/admin/catalog/product/{product_id}/change/"
        form = form_of(staff, address)

        response = staff.post(
            address, form | {"title": "Crimson mug", "slug": "crimson-mug", "variants-1-money": "19.00 EUR"}
        )

        assert response.status_code == 302, response.context["errors"]
        assert Listing.objects.get(currency="EUR").slug == "crimson-mug"
        assert Listing.objects.get(currency="EUR").highest_minor == 1_900
        assert world.published(PriceChanged) == [PriceChanged(sku="RED-MUG-L", price=Money(1_900, "EUR"))]
        assert staff.get("/api/v1/products/red-mug").status_code == 301
        assert list(audit()) == []

    def test_makes_renditions_of_an_upload(self, world: World, staff: Client) -> None:
        product_id = put(world, mug()).product_id
        address = f"/admin/catalog/product/{product_id}/change/"
        picture = io.BytesIO()
        Picture.new("RGB", (700, 700), "red").save(picture, "PNG")
        form = form_of(staff, address) | {
            "images-TOTAL_FORMS": "1",
            "images-0-alt": "A mug",
            "images-0-position": "0",
            "images-0-product": product_id,
            "images-0-upload": SimpleUploadedFile("mug.png", picture.getvalue()),
        }

        response = staff.post(address, form)

        assert response.status_code == 302, response.context["errors"]
        assert len(Image.objects.get().renditions) == 6
        assert '"alt":"A mug"' in Listing.objects.get(currency="EUR").card

    def test_refuses_what_is_no_price(self, world: World, staff: Client) -> None:
        product_id = put(world, mug()).product_id
        address = f"/admin/catalog/product/{product_id}/change/"

        response = staff.post(address, form_of(staff, address) | {"variants-0-money": "cheap", "title": "Other"})

        assert response.status_code == 200
        assert Product.objects.get().title == "Red mug"


class TestActions:
    def test_archive_by_command(self, world: World, staff: Client) -> None:
        product_id = put(world, mug()).product_id

        staff.post("/admin/catalog/product/", {"action": "archive_products", "_selected_action": [product_id]})

        assert Product.objects.get().status == "archived"
        assert len(world.published(ProductArchived)) == 1

    def test_make_all_variants_of_the_options(self, world: World, staff: Client) -> None:
        product_id = put(world, mug()).product_id
        Option.objects.filter(name="Size").update(values=["S", "M", "L"])

        staff.post("/admin/catalog/product/", {"action": "complete_matrices", "_selected_action": [product_id]})

        assert Variant.objects.get(sku="RED-MUG.M").prices.get(currency="EUR").amount_minor == 1_400
        assert connect(Catalog).quotes(skus=("RED-MUG.M",), currency="EUR")
        assert list(audit()) == []


class TestCategories:
    def test_move_with_everything_below_and_products_tell(self, world: World, staff: Client) -> None:
        put(world, mug())
        home = Category.objects.create(name="Home", slug="home", path="home")
        kitchen = Category.objects.get(path="kitchen")
        address = f"/admin/catalog/category/{kitchen.pk}/change/"

        response = staff.post(
            address, form_of(staff, address) | {"name": "Cooking", "slug": "cooking", "parent": home.pk}
        )

        assert response.status_code == 302
        assert set(Category.objects.values_list("path", flat=True)) == {"home", "home/cooking", "home/cooking/mugs"}
        assert staff.get("/api/v1/products?category=home").json()["data"][0]["slug"] == "red-mug"
        assert staff.get("/api/v1/products?category=kitchen").json()["data"] == []
        assert list(audit()) == []

    @pytest.mark.parametrize("below", ["kitchen", "kitchen/mugs"])
    def test_never_stand_below_themselves(self, world: World, staff: Client, below: str) -> None:
        put(world, mug())
        kitchen, parent = Category.objects.get(path="kitchen"), Category.objects.get(path=below)

        address = f"/admin/catalog/category/{kitchen.pk}/change/"
        response = staff.post(address, form_of(staff, address) | {"parent": parent.pk})

        assert response.status_code == 200
        assert "parent" in response.context["adminform"].form.errors
        assert len(response.context["adminform"].form.errors) == 1
        assert Category.objects.get(pk=kitchen.pk).parent is None


class TestAttributes:
    def test_renamed_are_told_by_their_new_name(self, world: World, staff: Client) -> None:
        put(world, mug())
        colour = Attribute.objects.get()

        address = f"/admin/catalog/attribute/{colour.pk}/change/"
        staff.post(address, form_of(staff, address) | {"name": "Shade", "choices": "[]", "is_filterable": "on"})

        facets = staff.get("/api/v1/products?facets=true").json()["facets"]
        assert facets["attributes"][0]["name"] == "Shade"


class TestUpload:
    def test_can_be_tried_first(self, world: World, staff: Client) -> None:
        def send(**more: str) -> Any:
            text = text_of(row(title="Red mug", variant_price="14"), row("bad", title="Bad", variant_price="x"))
            return staff.post(
                "/admin/catalog/importrun/upload/", {"file": SimpleUploadedFile("mugs.csv", text.encode()), **more}
            )

        tried = send(dry_run="on")
        nothing_yet = Product.objects.count(), ImportRun.objects.count()
        done = send()

        assert b"price_unreadable" in tried.content
        assert nothing_yet == (0, 0)
        assert done.status_code == 302
        assert Product.objects.get().handle == "red-mug"
        assert staff.get(done.headers["Location"]).status_code == 200

    def test_says_why_a_file_is_none(self, world: World, staff: Client) -> None:
        response = staff.post(
            "/admin/catalog/importrun/upload/", {"file": SimpleUploadedFile("x.csv", b"Milk,2"), "dry_run": "on"}
        )

        assert b"no column" in response.content
