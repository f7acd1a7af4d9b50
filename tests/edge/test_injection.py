"""What people write stays text: in pages, headers, files and statements."""

import html
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from modules.catalog.interface import Catalog, PriceInput, ProductInput, VariantInput
from storefront.interface import connect
from storefront.money import Money
from storefront.testing.world import World
from tests.hostile.shop import Shop
from tests.hostile.wire import Request
from tests.journeys.shop import ADDRESS, Shopper

SCRIPT = "<script>alert('mug')</script>"
ACTIVE = (
    SCRIPT, "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", '<a href="javascript:alert(1)">x</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>", "<style>@import 'https://192.0.2.1'</style>",
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<math><mtext><table><mglyph><style><img src=x onerror=a>",
    "<form action=https://192.0.2.1><button>x</button></form>", "<object data=x></object>", "<base href=//192.0.2.1>",
    "<p style=\"background:url('javascript:alert(1)')\">x</p>", "<!--><script>alert(1)</script>-->",
)
LIVE = (
    "<script", "onerror", "onload", "javascript:", "<iframe", "<style", "data:text", "<form", "<object", "<base",
    "style=",
)


def sell(world: World, **texts: Any) -> None:
    """A product on sale with these texts."""
    price = PriceInput(price=Money(1_250, "EUR"), includes_tax=True)
    variant = VariantInput(sku="RED-MUG", options=(), weight_g=400, prices=(price,))
    known: dict[str, Any] = {"handle": "red-mug", "title": "Red mug", "status": "active", "variants": (variant,)}
    connect(Catalog).put_product(key=world.key(), product=ProductInput(**known | texts))
    world.settle()


@pytest.mark.proves("S15")
class TestProductText:
    @pytest.mark.parametrize("text", ACTIVE)
    def test_that_would_act_does_not(self, text: str, world: World) -> None:
        sell(world, description=f"<p>A mug.</p>{text}")

        shown = world.client.get("/api/v1/products/red-mug").json()

        assert shown["description"].startswith("<p>A mug.</p>")
        assert [word for word in LIVE if word in shown["description"]] == []
        assert [word for word in LIVE if word in shown["seo"]["description"]] == []

    def test_is_shown_to_operators_as_it_was_written(self, world: World) -> None:
        sell(world, title=f"Mug {SCRIPT}", vendor=SCRIPT, tags=(SCRIPT,), seo_title=SCRIPT, description=SCRIPT)
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        product = world.client.get("/api/v1/products/red-mug").json()["id"]

        from modules.catalog.models import Product

        pk = Product.objects.get(id=product).pk
        pages = [
            client.get(path, follow=True).content.decode()
            for path in ("/admin/catalog/product/", f"/admin/catalog/product/{pk}/change/", "/admin/search/?s=Mug")
        ]

        assert [text for text in pages if SCRIPT in text] == []
        assert any(html.escape(SCRIPT) in text or "&lt;script&gt;" in text for text in pages)


@pytest.mark.proves("S15")
class TestShopperText:
    def test_is_shown_to_operators_as_it_was_written(self, shop: Shop, world: World) -> None:
        shopper = Shopper()
        cart = shopper.post("carts", {
            "currency": "EUR", "lines": [{"sku": "RED-MUG"}], "metadata": {SCRIPT[:40]: SCRIPT},
        }).json()
        checkout = shopper.post("checkouts", {
            "cart": cart["id"], "email": "ada@example.org", "shipping_option": "standard",
            "shipping_address": ADDRESS | {"name": SCRIPT, "line2": SCRIPT, "company": SCRIPT},
            "payment": {"provider": "sandbox", "token": "tok_visa"},
        }).json()
        order = shopper.complete(checkout).json()
        world.settle()
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        shipment = shopper.order(order["id"], checkout["id"])["shipments"][0]["id"]

        rows = (("checkout", "Order", order["id"]), ("cart", "Cart", cart["id"]), ("shipping", "Shipment", shipment))
        for module, model, name in rows:
            pk = apps.get_model(module, model).objects.get(id=name).pk
            page = client.get(f"/admin/{module}/{model.lower()}/{pk}/change/").content.decode()
            listed = client.get(f"/admin/{module}/{model.lower()}/").content.decode()

            assert "&lt;script&gt;" in page, model
            assert SCRIPT not in page + listed, model

    def test_makes_no_header(self, shop: Shop) -> None:
        split = "x%0d%0aSet-Cookie:%20sessionid=1"
        for path in (
            f"/api/v1/products?search={split}", f"/api/v1/products/{split}", f"/api/v1/carts/{split}",
            f"/media/{split}", f"/api/v1/shipments/{split}/label", f"/api/v1/products/red-mug?{split}", f"/{split}",
            f"/admin/{split}",
            f"/api/v1/orders/{split}?checkout={split}", f"/api/v1/payments/returns/{split}", f"/admin?next={split}",
        ):
            reply = shop.ask(Request("GET", path, (("Authorization", "Bearer {machine}"),)))

            assert "sessionid" not in reply.headers.get("Set-Cookie", ""), path
            assert not any("\r" in text or "\n" in text for text in reply.headers.values()), path

    def test_is_no_page_where_it_is_told_back(self, shop: Shop) -> None:
        """Whatever a problem repeats of the request is JSON to a browser, and is not sniffed."""
        for path in (f"/api/v1/carts/{SCRIPT}", f"/api/v1/orders/{SCRIPT}", f"/api/v1/{SCRIPT}"):
            reply = shop.ask(Request("GET", path.replace("/script", "%2fscript")))

            assert reply.status == 404
            assert reply.headers["Content-Type"] == "application/problem+json"
            assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.proves("S15")
class TestDocs:
    def test_run_no_script_but_their_own(self, shop: Shop) -> None:
        reply = shop.ask(Request("GET", "/api/v1/docs"))

        policy = reply.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
        assert b"<script>" not in reply.body
