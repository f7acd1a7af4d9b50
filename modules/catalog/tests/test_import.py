"""The importer: what it takes, what it refuses, and that nothing is ever half in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Picture

from modules.catalog.audit import audit
from modules.catalog.importing.problem import FileRejected
from modules.catalog.models import Attribute, Image, Listing, Price, Product, Variant
from modules.catalog.tests.files import SAMPLES, Warehouse, codes, load, load_text, row, text_of
from modules.catalog.tests.goods import mug, put
from storefront.testing.world import World

RED = row(title="Red mug", variant_price="14.00", option1_name="Size", option1_value="S", variant_sku="RED-MUG-S")
RED_LARGE = row(variant_price="18.00", option1_value="L", variant_sku="RED-MUG-L", variant_inventory_qty="7")
BLUE = row("blue-mug", title="Blue mug", variant_price="15.00", variant_sku="BLUE-MUG")


class TestReading:
    def test_brings_a_product_with_its_variants_prices_and_stock(self, world: World, tmp_path: Path) -> None:
        stock = Warehouse(world)
        first = RED | row(
            tags="gift, colour:red",
            category="Kitchen > Mugs",
            price_usd="15.50",
            variant_grams="320",
            variant_tax_code="reduced",
            variant_inventory_qty="3",
        )

        report, _ = load_text(tmp_path, text_of(first, RED_LARGE), location="BER")

        product = Product.objects.get()
        assert (report.created, report.failed, report.levels_opened) == (1, 0, 2)
        assert (product.title, product.status, product.tags) == ("Red mug", "active", ["gift"])
        assert [found.sku for found in product.variants.all()] == ["RED-MUG-S", "RED-MUG-L"]
        assert set(Price.objects.values_list("currency", "amount_minor", "includes_tax")) == {
            ("EUR", 1_400, True),
            ("USD", 1_550, False),
            ("EUR", 1_800, True),
        }
        assert (Attribute.objects.get().code, product.placements.get().category.path) == ("colour", "kitchen/mugs")
        assert product.variants.first().tax_class == "reduced"  # type: ignore[union-attr]
        assert stock.levels == {("RED-MUG-S", "BER"): 3, ("RED-MUG-L", "BER"): 7}
        assert list(audit()) == []

    def test_twice_changes_nothing_and_receives_no_stock_again(self, world: World, tmp_path: Path) -> None:
        stock = Warehouse(world)
        load_text(tmp_path, text_of(RED, RED_LARGE), location="BER")

        report, _ = load_text(tmp_path, text_of(RED, RED_LARGE | row(variant_inventory_qty="9")), location="BER")

        assert (report.unchanged, report.levels_opened) == (1, 0)
        assert stock.levels["RED-MUG-L", "BER"] == 7
        assert Product.objects.get().version == 1

    def test_brings_only_what_changed(self, world: World, tmp_path: Path) -> None:
        load_text(tmp_path, text_of(RED, RED_LARGE, BLUE))

        _, done = load_text(tmp_path, text_of(RED, RED_LARGE | row(variant_price="19.00"), BLUE))

        assert [(product.handle, product.outcome) for product in done] == [
            ("red-mug", "updated"),
            ("blue-mug", "unchanged"),
        ]
        assert Listing.objects.get(slug="red-mug").highest_minor == 1_900

    def test_a_dry_run_tells_the_same_and_changes_nothing(self, world: World, tmp_path: Path) -> None:
        put(world, mug())
        before = list(Product.objects.values()), list(Variant.objects.values()), list(Listing.objects.values())
        text = text_of(RED | row(title="Big mug"), RED_LARGE, BLUE, row("bad", title="Bad", variant_price="cheap"))

        tried, tried_done = load_text(tmp_path, text, is_dry_run=True, location="BER")

        assert (
            list(Product.objects.values()),
            list(Variant.objects.values()),
            list(Listing.objects.values()),
        ) == before
        Warehouse(world)
        report, done = load_text(tmp_path, text, location="BER")
        assert (
            (tried.created, tried.updated, tried.failed) == (report.created, report.updated, report.failed) == (1, 1, 1)
        )
        assert codes(tried_done) == codes(done)

    def test_default_title_means_no_options(self, world: World, tmp_path: Path) -> None:
        load_text(
            tmp_path,
            text_of(row(title="Red mug", variant_price="14", option1_name="Title", option1_value="Default Title")),
        )

        assert Variant.objects.get().options == []
        assert Variant.objects.get().sku == "RED-MUG"

    def test_makes_skus_that_stay_the_same_in_any_order(self, world: World, tmp_path: Path) -> None:
        def rows(*sizes: str) -> str:
            first, *others = sizes
            return text_of(
                row(title="Red mug", variant_price="14", option1_name="Size", option1_value=first),
                *(row(variant_price="14", option1_value=size) for size in others),
            )

        load_text(tmp_path, rows("Small", "Extra large", "Größe 1", "大"))
        made = {found.options[0]["value"]: found.sku for found in Variant.objects.all()}
        load_text(tmp_path, rows("大", "Größe 1", "Small", "Extra large"))

        assert made["Small"] == "RED-MUG.SMALL"
        assert made["Extra large"] == "RED-MUG.EXTRA_LARGE"
        assert len(set(made.values())) == 4
        assert {found.options[0]["value"]: found.sku for found in Variant.objects.all()} == made

    @pytest.mark.parametrize(
        "dress",
        [
            lambda text: b"\xef\xbb\xbf" + text.encode(),
            lambda text: text.replace("\r\n", "\n").encode(),
            lambda text: text.replace("\r\n", "\r\n\r\n").encode(),
            lambda text: text.rstrip().encode(),
            lambda text: text.replace("Handle", " HANDLE ").encode(),
        ],
        ids=["byte-order mark", "LF", "blank lines", "no last newline", "other case"],
    )
    def test_takes_files_as_programs_write_them(
        self, world: World, tmp_path: Path, dress: Callable[[str], bytes]
    ) -> None:
        report, _ = load_text(tmp_path, dress(text_of(RED, RED_LARGE)))

        assert (report.created, report.failed) == (1, 0)

    def test_takes_semicolons_and_line_breaks_in_quotes(self, world: World, tmp_path: Path) -> None:
        text = text_of(RED | row(body_html='<p>Tea,\ncoffee; "more"</p>'), RED_LARGE, BLUE, delimiter=";")

        report, done = load_text(tmp_path, text)

        assert report.created == 2
        assert [product.line for product in done] == [2, 5]

    def test_gives_back_what_it_was_not_given_the_network_for(self, world: World, tmp_path: Path) -> None:
        _, done = load_text(tmp_path, text_of(RED | row(image_src="https://pictures.example/mug.png"), RED_LARGE))

        assert codes(done) == [(2, "image_not_fetched")]
        assert Product.objects.get().images.get().renditions == []
        assert Listing.objects.count() == 1


class TestRefusing:
    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            ([RED | row(variant_price="14,00")], (2, "price_unreadable")),
            ([RED | row(variant_price="-1")], (2, "price_out_of_range")),
            ([RED | row(variant_price="9.999")], (2, "price_too_fine")),
            ([RED | row(variant_price="1e9")], (2, "price_unreadable")),
            ([RED | row(variant_price="9" * 40)], (2, "price_unreadable")),
            ([RED | row(variant_price="99999999999999")], (2, "price_out_of_range")),
            ([RED | row(variant_price="")], (2, "price_missing")),
            ([RED | row(price_usd="free")], (2, "price_unreadable")),
            ([RED | row(variant_grams="heavy")], (2, "weight_unreadable")),
            ([RED | row(variant_grams="-1")], (2, "weight_unreadable")),
            ([RED | row(variant_inventory_qty="many")], (2, "quantity_unreadable")),
            ([RED | row(variant_inventory_qty="NaN")], (2, "quantity_unreadable")),
            ([RED | row(published="perhaps")], (2, "truth_unreadable")),
            ([RED | row(status="hidden")], (2, "status_unknown")),
            ([RED | row(title="")], (2, "title_missing")),
            ([RED | row(title="x" * 300)], (2, "value_too_long")),
            ([RED | row(variant_sku="X" * 65)], (2, "value_too_long")),
            ([RED, RED_LARGE | row(option1_value="")], (3, "option_missing")),
            ([RED, RED_LARGE | row(option2_value="blue")], (3, "option_unnamed")),
            ([RED, RED_LARGE | row(option1_value="s")], (3, "variant_repeated")),
            ([RED, RED_LARGE | row(variant_sku="RED-MUG-S")], (3, "sku_repeated")),
            ([RED | row(option2_name="size", option2_value="S")], (2, "option_repeated")),
            ([RED | row(tags="washable:perhaps")], (2, "catalog.attribute_mismatch")),
            ([RED | row(category=" > ".join("abcdefghi"))], (2, "category_too_deep")),
        ],
    )
    def test_says_what_is_wrong_on_which_line_and_keeps_the_product_out(
        self, world: World, tmp_path: Path, rows: list[dict[str, str]], expected: tuple[int, str]
    ) -> None:
        Attribute.objects.create(code="washable", name="Washable", kind="boolean")

        report, done = load_text(tmp_path, text_of(*rows, BLUE))

        assert expected in codes(done)
        assert [product.outcome for product in done] == ["failed", "created"]
        assert [product.handle for product in Product.objects.all()] == ["blue-mug"]
        assert report.failed == 1

    def test_tells_all_that_is_wrong_not_only_the_first(self, world: World, tmp_path: Path) -> None:
        _, done = load_text(
            tmp_path, text_of(RED | row(variant_price="x", variant_grams="y"), RED_LARGE | row(variant_price="z"))
        )

        assert codes(done) == [(2, "weight_unreadable"), (2, "price_unreadable"), (3, "price_unreadable")]

    def test_a_sku_belongs_to_one_product_within_a_file_and_across_files(self, world: World, tmp_path: Path) -> None:
        stolen = BLUE | row("blue-mug", variant_sku="RED-MUG-S")

        _, within = load_text(tmp_path, text_of(RED, stolen))
        _, across = load_text(tmp_path, text_of(stolen))

        assert codes(within) == [(3, "sku_repeated")]
        assert codes(across) == [(2, "catalog.sku_taken")]
        assert Product.objects.get().handle == "red-mug"

    def test_the_rows_of_a_product_stand_together(self, world: World, tmp_path: Path) -> None:
        _, done = load_text(tmp_path, text_of(RED, BLUE, RED | row(title="Red again")))

        assert codes(done) == [(4, "handle_repeated")]
        assert Product.objects.get(handle="red-mug").title == "Red mug"

    def test_a_broken_row_keeps_its_product_out_and_the_next_one_in(self, world: World, tmp_path: Path) -> None:
        lines = text_of(RED, RED_LARGE, BLUE).splitlines()
        lines[2] += ",surplus"

        _, done = load_text(tmp_path, "\r\n".join(lines))

        assert codes(done) == [(3, "row_too_long")]
        assert [product.outcome for product in done] == ["failed", "created"]

    def test_bytes_that_are_not_utf8_keep_their_product_out(self, world: World, tmp_path: Path) -> None:
        _, done = load_text(tmp_path, text_of(RED | row(vendor="Höfler"), BLUE).encode("latin-1"))

        assert codes(done) == [(2, "encoding")]
        assert Product.objects.get().handle == "blue-mug"

    def test_a_cell_without_end_does_not_swallow_the_memory(self, world: World, tmp_path: Path) -> None:
        text = text_of(BLUE) + 'red-mug,"' + "endless " * 200_000

        _, done = load_text(tmp_path, text)

        assert "row_unreadable" in {code for _, code in codes(done)}
        assert not Product.objects.filter(handle="red-mug").exists()

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "column_missing"),
            ("Name,Colour\r\nMug,red\r\n", "column_missing"),
            ("Handle,Title,Variant Price,Title\r\n", "column_repeated"),
            ("\0\0\0\0", "column_missing"),
        ],
    )
    def test_a_file_of_something_else_is_rejected_as_a_whole(
        self, world: World, tmp_path: Path, text: str, code: str
    ) -> None:
        with pytest.raises(FileRejected) as rejected:
            load_text(tmp_path, text)

        assert rejected.value.code == code


class TestPictures:
    def test_become_a_ladder_of_widths_without_what_the_camera_wrote(self, world: World, tmp_path: Path) -> None:
        picture = Picture.new("RGB", (800, 600), "red")
        exif = picture.getexif()
        exif[0x010F] = "Spy camera"
        picture.save(tmp_path / "mug.jpg", exif=exif)

        _, done = load_text(tmp_path, text_of(RED | row(image_src="mug.jpg", image_alt_text="A mug"), RED_LARGE))

        image = Image.objects.get()
        assert codes(done) == []
        assert (image.width, image.height, image.alt) == (800, 600, "A mug")
        assert [(found["format"], found["width"], found["height"]) for found in image.renditions] == [
            (kind, *size) for size in ((320, 240), (640, 480), (800, 600)) for kind in ("webp", "avif")
        ]
        card = world.client.get("/api/v1/products").json()["data"][0]["image"]
        assert card["srcset"].count(".webp") == 3
        assert card["sources"][0]["type"] == "image/avif"
        from django.core.files.storage import default_storage

        for rendition in image.renditions:
            with default_storage.open(rendition["name"]) as file:
                made = Picture.open(file)
                assert (made.width, made.height) == (rendition["width"], rendition["height"])
                assert not made.getexif()

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("mug.png", b"not a picture", "image_unusable"),
            ("mug.svg", b"<svg onload='x()'/>", "image_unusable"),
            ("empty.png", b"", "image_unusable"),
        ],
    )
    def test_that_are_none_are_told_of_and_the_product_comes_in(
        self, world: World, tmp_path: Path, name: str, content: bytes, code: str
    ) -> None:
        (tmp_path / name).write_bytes(content)

        report, done = load_text(tmp_path, text_of(RED | row(image_src=name), RED_LARGE))

        assert (codes(done), report.created) == ([(2, code)], 1)

    @pytest.mark.parametrize("source", ["ghost.png", "../secret.png", "/etc/hostname", "a\nb.png", "."])
    def test_are_looked_for_only_beside_the_file(self, world: World, tmp_path: Path, source: str) -> None:
        Picture.new("RGB", (8, 8)).save(tmp_path / "secret.png")
        folder = tmp_path / "inner"
        folder.mkdir()

        _, done = load_text(folder, text_of(RED | row(image_src=source), RED_LARGE))

        assert codes(done) == [(2, "image_missing")]

    def test_of_too_many_pixels_are_refused_before_they_are_decoded(self, world: World, tmp_path: Path) -> None:
        Picture.new("1", (8_000, 6_000)).save(tmp_path / "bomb.png")

        _, done = load_text(tmp_path, text_of(RED | row(image_src="bomb.png"), RED_LARGE))

        assert codes(done) == [(2, "image_unusable")]

    def test_a_variant_shows_its_own(self, world: World, tmp_path: Path) -> None:
        for name in ("one.png", "two.png"):
            Picture.new("RGB", (400, 400), (name.removesuffix(".png") == "one" and "red") or "blue").save(
                tmp_path / name
            )

        load_text(tmp_path, text_of(RED | row(image_src="one.png"), RED_LARGE | row(variant_image="two.png")))

        small, large = world.client.get("/api/v1/products/red-mug").json()["variants"]
        assert small["image"] is None
        assert large["image"]["url"].startswith("/media/catalog/")


class TestShopifysOwnSamples:
    @pytest.mark.parametrize("order", [1, -1])
    @pytest.mark.parametrize("folder", [SAMPLES] if SAMPLES.is_dir() else [])
    def test_come_in_as_they_are_in_any_order_and_twice_without_doubling(
        self, world: World, folder: Path, order: int
    ) -> None:
        stock = Warehouse(world)
        files = sorted(folder.glob("*.csv"))[::order]

        first = [load(path, location="BER")[0] for path in files]
        counted = Product.objects.count(), Variant.objects.count(), Price.objects.count(), dict(stock.levels)
        second = [load(path, location="BER")[0] for path in files]

        assert [report.failed for report in (*first, *second)] == [0] * len(files) * 2
        assert sum(report.created for report in first) == counted[0] == sum(report.unchanged for report in second)
        assert (Product.objects.count(), Variant.objects.count(), Price.objects.count(), stock.levels) == counted
        assert all(report.warnings for report in first)
        assert list(audit()) == []
