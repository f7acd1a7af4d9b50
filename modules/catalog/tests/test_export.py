"""The export: what it writes, the importer takes, and nothing is lost on the way."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from PIL import Image as Picture

from modules.catalog.audit import audit
from modules.catalog.models import AttributeValue, Facet, ImportProblem, ImportRun, Listing, Product, SearchDocument
from modules.catalog.tests.files import SAMPLES, Warehouse, load_text, row, text_of
from modules.catalog.tests.goods import mug, put, variant
from storefront.testing.world import World


def told(*command: Any, **options: Any) -> str:
    """What a command says."""
    out = io.StringIO()
    call_command(*command, stdout=out, stderr=out, **options)
    return out.getvalue()


def pages(world: World) -> list[dict[str, Any]]:
    """Every product's page, without what is new for each row: ids, versions, instants."""
    shown = []
    for slug, currency in Listing.objects.order_by("slug", "currency").values_list("slug", "currency"):
        page = world.client.get(f"/api/v1/products/{slug}?currency={currency}").json()
        for part in (page, *page["variants"]):
            for name in ("id", "version", "published_at"):
                part.pop(name, None)
        shown.append(page)
    return shown


class TestExport:
    def test_comes_back_as_it_went(self, world: World, tmp_path: Path) -> None:
        Picture.new("RGB", (640, 480), "red").save(tmp_path / "mug.png")
        load_text(
            tmp_path,
            text_of(
                row(
                    title="Red mug",
                    variant_price="14.00",
                    variant_compare_at_price="16",
                    option1_name="Size",
                    option1_value="S",
                    image_src="mug.png",
                    image_alt_text='A "red" mug',
                    tags="gift, colour:red, colour:rose",
                    category="Kitchen > Mugs; Gifts",
                    price_usd="15.5",
                    body_html="<p>Tea,\r\ncoffee</p>",
                    variant_taxable="false",
                ),
                row(variant_price="18", option1_value="L", variant_image="mug.png"),
                row("draft-mug", title="Später", variant_price="3", status="draft"),
            ),
        )
        put(world, mug("green", variants=(variant("GREEN-MUG", eur=100, usd=110),)))
        before = pages(world)

        told("export_products", tmp_path / "out.csv")
        Product.objects.all().delete()
        told("import_products", tmp_path / "out.csv", no_stock=True)
        told("export_products", tmp_path / "again.csv")

        assert pages(world) == before
        assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()
        assert Product.objects.get(handle="draft-mug").status == "draft"

    @pytest.mark.proves("S15")
    @pytest.mark.parametrize("title", [
        "=HYPERLINK(\"http://192.0.2.1\")", "+1", "-1+1", "@SUM(A1)", "'=1+1", "''=1", "'plain", "-", "=",
    ])
    def test_is_no_formula_to_a_spreadsheet_and_comes_back_the_same(
        self, world: World, tmp_path: Path, title: str
    ) -> None:
        put(world, mug("red", title=title, variants=(variant("RED-MUG", eur=100),)))

        told("export_products", tmp_path / "out.csv")
        with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        Product.objects.all().delete()
        told("import_products", tmp_path / "out.csv", no_stock=True)

        assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []
        assert Product.objects.get().title == title

    @pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.csv")))
    def test_of_shopifys_samples_comes_back_the_same(self, world: World, tmp_path: Path, file: Path) -> None:
        told("import_products", file, no_stock=True)
        before = pages(world)

        told("export_products", tmp_path / "out.csv")
        Product.objects.all().delete()
        told("import_products", tmp_path / "out.csv", no_stock=True)

        assert pages(world) == before


class TestCommands:
    def test_import_reports_and_keeps_what_was_wrong(self, world: World, tmp_path: Path) -> None:
        Warehouse(world)
        file = tmp_path / "mugs.csv"
        file.write_text(
            text_of(
                row(title="Red mug", variant_price="14", variant_inventory_qty="3", image_src="ghost.png"),
                row("bad-mug", title="Bad mug", variant_price="cheap"),
            )
        )

        with pytest.raises(CommandError, match="1 products of mugs"):
            told("import_products", file, location="BER")

        run = ImportRun.objects.get()
        assert (run.file_name, run.created, run.failed) == ("mugs.csv", 1, 1)
        assert [(found.line, found.code, found.is_error) for found in ImportProblem.objects.all()] == [
            (2, "image_missing", False),
            (3, "price_unreadable", True),
        ]

    def test_a_dry_run_leaves_no_trace(self, world: World, tmp_path: Path) -> None:
        file = tmp_path / "mugs.csv"
        file.write_text(text_of(row(title="Red mug", variant_price="14")))

        said = told("import_products", file, dry_run=True)

        assert "line 2: red-mug would be created" in said
        assert not Product.objects.exists()
        assert not ImportRun.objects.exists()

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("ghost.csv", None, "cannot be read"),
            ("shopping.csv", "Milk,2\n", "column_missing"),
        ],
    )
    def test_import_says_why_a_file_is_none(
        self, world: World, tmp_path: Path, name: str, content: str | None, said: str
    ) -> None:
        if content is not None:
            (tmp_path / name).write_text(content)

        with pytest.raises(CommandError, match=said):
            told("import_products", tmp_path / name)

    def test_rebuild_makes_everything_anew(self, world: World) -> None:
        put(world, mug())
        before = pages(world)
        for model in (Listing, Facet, SearchDocument):
            model.objects.all().delete()

        said = told("catalog_rebuild")

        assert "1 products rebuilt" in said
        assert pages(world) == before
        assert AttributeValue.objects.count() == 1
        assert list(audit()) == []
