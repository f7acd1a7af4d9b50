"""Product files as the tests write them."""

import csv
import io
import os
from pathlib import Path
from typing import Any

from modules.catalog.importing.run import Done, Plan, Report, open_file, run_import
from modules.inventory.interface import Inventory, OpeningLevel
from storefront.testing.world import World

COLUMNS = (
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Option3 Name",
    "Option3 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Variant Barcode",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "Variant Image",
    "Variant Tax Code",
    "Category",
    "Status",
    "Price / USD",
)
SAMPLES = Path(
    os.environ.get("STOREFRONT_SAMPLES", Path(__file__).parents[3] / "../shared/data/shopify-sample")
).resolve()


def row(handle: str = "red-mug", **cells: str) -> dict[str, str]:
    """A row; names of columns with underscores for what Python does not allow in names."""
    return {"Handle": handle, **{_column(name): text for name, text in cells.items()}}


def _column(name: str) -> str:
    return next(
        column for column in COLUMNS if "".join(filter(str.isalnum, column)).casefold() == name.replace("_", "")
    )


def text_of(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS, **dialect: Any) -> str:
    """The rows as CSV."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, restval="", **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


class Warehouse:
    """Stands in for inventory: levels that exist stay."""

    def __init__(self, world: World) -> None:
        self.levels: dict[tuple[str, str], int] = {}
        world.fake(Inventory, open_levels=self.open_levels)

    def open_levels(self, levels: tuple[OpeningLevel, ...]) -> int:
        new = [level for level in levels if (level.sku, level.location) not in self.levels]
        self.levels |= {(level.sku, level.location): level.on_hand for level in new}
        return len(new)


def load(path: Path, **plan: Any) -> tuple[Report, list[Done]]:
    """Import a file."""
    report = Report()
    with open_file(path) as file:
        done = list(run_import(file, Plan(folders=(path.parent,), **plan), report))
    return report, done


def load_text(folder: Path, text: str | bytes, **plan: Any) -> tuple[Report, list[Done]]:
    """Import this text."""
    path = folder / "products.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path, **plan)


def codes(done: list[Done]) -> list[tuple[int, str]]:
    """Lines and codes of all problems."""
    return [(problem.line, problem.code) for product in done for problem in product.problems]
