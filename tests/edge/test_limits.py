"""Nothing that one request can carry or ask for takes the shop's time or memory."""

import io
import json
import resource
import struct
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from modules.catalog.images import BadPicture, opened
from modules.catalog.interface import Catalog, PriceInput, ProductInput, VariantInput
from storefront.interface import connect
from storefront.money import Money
from storefront.testing.world import World
from tests.hostile.document import Json, operations, resolved
from tests.hostile.shop import Shop
from tests.hostile.wire import Request
from tests.journeys.shop import Shopper, shelve

SECONDS = 1.0
MEGABYTES = 64
BOUNDED_ELSEWHERE = {"expected_total", "amount"}
"""Money: the currency is one of ISO 4217's."""


def reprice(world: World, sku: str, price: int) -> None:
    """The product costs so many cents from now on."""
    variant = VariantInput(
        sku=sku, options=(), weight_g=400, prices=(PriceInput(price=Money(price, "EUR"), includes_tax=True),)
    )
    product = ProductInput(handle=sku.lower(), title="Red mug", variants=(variant,), status="active")
    connect(Catalog).put_product(key=world.key(), product=product)
    world.settle()


@pytest.mark.proves("S10")
class TestRequest:
    @pytest.mark.parametrize(("what", "body"), [
        ("10,000 lines", json.dumps({"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 1}] * 5_000})),
        ("101 lines", json.dumps({"currency": "EUR", "lines": [{"sku": "RED-MUG"}] * 101})),
        ("40,000 levels", '{"metadata":' + '{"a":' * 40_000 + "1" + "}" * 40_001),
        ("100,000 lists", "[" * 100_000),
        ("a long number", '{"currency": ' + "9" * 200_000 + "}"),
        ("a huge exponent", '{"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 1e999999999}]}'),
        ("20,000 names", json.dumps({f"name{number}": 1 for number in range(15_000)})),
        ("a long text", json.dumps({"currency": "EUR", "metadata": {"note": "x" * 250_000}})),
        ("over 256 KiB", json.dumps({"currency": "EUR", "metadata": {"note": "x" * 300_000}})),
    ])
    def test_of_any_size_and_depth_is_refused_in_no_time(self, what: str, body: str, shop: Shop) -> None:
        request = Request("POST", "/api/v1/carts", (("Content-Type", "application/json"),), body.encode())
        shop.ask(request)
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()

        reply = shop.ask(request)

        assert reply.status in (400, 413, 422), what
        assert time.thread_time() - began < SECONDS
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024

    def test_that_grows_a_cart_line_by_line_ends_at_its_limit(self, world: World, settings: Any) -> None:
        shelve(world, "RED-MUG")
        shelve(world, "BLUE-MUG")
        settings.CART = {"max_lines": 1}
        shopper = Shopper()
        cart = shopper.cart(("RED-MUG", 1))

        replies = [
            shopper.post(f"carts/{cart['id']}/lines", {"sku": sku, "quantity": quantity})
            for sku, quantity in (("RED-MUG", 9_998), ("RED-MUG", 1), ("BLUE-MUG", 1))
        ]

        assert [reply.status_code for reply in replies] == [201, 422, 422]
        assert {reply.json()["code"] for reply in replies[1:]} == {"cart.too_many"}

    def test_for_more_than_anybody_can_be_charged_leaves_nothing_half_done(self, world: World) -> None:
        shelve(world, "RED-MUG")
        shopper = Shopper()
        checkout = shopper.checkout(("RED-MUG", 99))
        reprice(world, "RED-MUG", 10**17)

        replies = [
            shopper.post("carts", {"currency": "EUR", "lines": [{"sku": "RED-MUG", "quantity": 9_999}]}),
            *(shopper.complete(checkout, key=f"buy-{number}", expect_total=False) for number in range(2)),
        ]

        assert [reply.status_code for reply in replies] == [422] * 3
        assert [reply.json()["code"] for reply in replies] == ["cart.too_much"] + ["checkout.total_too_large"] * 2
        assert shopper.get(f"carts/{checkout['cart']}").json()["totals"]["total"]["amount"] == 99 * 1250
        reprice(world, "RED-MUG", 1250)
        assert shopper.complete(checkout).status_code == 201

    @pytest.mark.parametrize("query", [
        "limit=101", "limit=1000000", "limit=0", "limit=-1", "search=" + "a%20" * 300, "search=" + "x" * 201,
        "cursor=" + "A" * 1_001, "option=" + "a:b&option=" * 400 + "a:b", "min_price=99999999999999999999",
    ])
    def test_for_too_much_at_once_is_refused_in_no_time(self, query: str, shop: Shop) -> None:
        began = time.thread_time()

        reply = shop.ask(Request("GET", f"/api/v1/products?{query}"))

        assert reply.status in (400, 422) or (reply.status == 200 and query.startswith("option"))
        assert time.thread_time() - began < SECONDS

    @pytest.mark.parametrize("email", [
        "a" * 240 + "@", "@" * 250, "a@" + "." * 240, "a@" + "a." * 120, " " * 250 + "@a.b", "a@b." + "\u00e9" * 240,
    ])
    def test_with_a_text_made_for_slow_patterns_is_judged_in_no_time(self, email: str, shop: Shop) -> None:
        body = json.dumps({"cart": shop.names["other_cart"], "email": email}).encode()
        began = time.thread_time()

        reply = shop.ask(Request("POST", "/api/v1/checkouts", (("Content-Type", "application/json"),), body))

        assert reply.status in (201, 422)
        assert time.thread_time() - began < SECONDS

    def test_in_a_packed_form_is_not_unpacked(self, shop: Shop) -> None:
        bomb = zlib.compress(b"0" * 10_000_000)
        for encoding in ("gzip", "deflate", "br", "zstd"):
            headers = (("Content-Type", "application/json"), ("Content-Encoding", encoding))

            assert shop.ask(Request("POST", "/api/v1/carts", headers, bomb)).status == 400


@pytest.mark.proves("S10")
class TestShapes:
    def test_bound_every_text_and_every_list(self) -> None:
        """A new field without a limit fails here."""
        unbounded = [
            f"{operation.name} {where}" for operation in operations().values() if operation.body
            for where in _unbounded(operation.body)
        ]
        unbounded += [
            f"{operation.name} ?{name}" for operation in operations().values()
            for name, parameter in operation.parameters_in("query").items()
            for _ in _unbounded(parameter["schema"])
        ]

        assert unbounded == []

    def test_of_lists_have_a_page(self) -> None:
        for operation in operations().values():
            limit = operation.parameters_in("query").get("limit")
            assert limit is None or limit["schema"]["maximum"] == 100, operation.name


def _unbounded(schema: Json, where: str = "") -> Iterator[str]:
    """Texts and lists that may be of any length, by their place."""
    schema = resolved(schema)
    for part in schema.get("anyOf", ()):
        yield from _unbounded(part, where)
    kind = schema.get("type")
    if kind == "string" and not _is_bounded_text(schema):
        yield where
    if kind == "array":
        if "maxItems" not in schema and not where.startswith("?") and where:
            yield f"{where}[]"
        yield from _unbounded(schema["items"], f"{where}[]")
    for name, part in schema.get("properties", {}).items():
        if name not in BOUNDED_ELSEWHERE:
            yield from _unbounded(part, f"{where}/{name}")


def _is_bounded_text(schema: Json) -> bool:
    return "maxLength" in schema or "enum" in schema or "format" in schema or "{" in schema.get("pattern", "")


@pytest.mark.proves("S10", "S15")
class TestPicture:
    def test_that_unpacks_to_gigabytes_is_turned_away_unopened(self) -> None:
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()

        with pytest.raises(BadPicture, match=r"megapixels|damaged"):
            opened(_bomb(60_000, 60_000))

        assert time.thread_time() - began < SECONDS
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024

    @pytest.mark.parametrize("content", [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><svg onload="alert(1)"/>', b"<html><script>alert(1)</script>", b"%PDF-1.7", b"GIF89a",
        b"%!PS-Adobe-3.0 EPSF-3.0", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, b"",
    ])
    def test_that_is_none_is_turned_away(self, content: bytes) -> None:
        with pytest.raises(BadPicture):
            opened(content)

    def test_that_is_also_a_page_is_kept_as_a_picture_only(self, world: World, settings: Any, tmp_path: Any) -> None:
        from modules.catalog.images import make

        settings.MEDIA_ROOT = tmp_path
        both = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(both, "PNG")
        made = make(both.getvalue() + b"<script>alert(1)</script>")

        kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert len(kept) == len(made.renditions)
        assert not any(b"script" in content for content in kept)


def _bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is this large."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")

