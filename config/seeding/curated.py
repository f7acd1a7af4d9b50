"""The curated catalogue through the importer, as an operator would load it."""

import csv
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from modules.catalog.importing.run import Plan, Report, open_file, run_import
from modules.inventory.interface import Inventory, OpeningLevel
from storefront import clock
from storefront.ids import new_id
from storefront.interface import connect

FOLDER = Path(__file__).resolve().parent.parent / "demo"
LEVELS_PER_CALL = 250

Tell = Callable[[str], None]


class SeedRejected(RuntimeError):
    """The curated files contradict the catalogue; nothing of the named product was loaded."""


def open_stock(*, tell: Tell) -> int:
    """Open the levels of `stock.csv`; those that exist stay. Returns how many are new."""
    levels, opened, run = list(_levels()), 0, new_id("seed")
    for start in range(0, len(levels), LEVELS_PER_CALL):
        batch = tuple(levels[start : start + LEVELS_PER_CALL])
        opened += connect(Inventory).open_levels(key=f"{run}:{start}", levels=batch)
    tell(f"Stock: {opened} levels opened, {len(levels) - opened} were there.")
    return opened


def load_products(*, tell: Tell) -> Report:
    """Import `products.csv` with its pictures; its quantities are in `stock.csv`.

    :raises SeedRejected: a product of it was refused
    """
    report, plan = Report(), Plan(folders=(FOLDER,))
    with open_file(FOLDER / "products.csv") as file:
        for done in run_import(file, plan, report):
            if done.outcome == "failed":
                reasons = "; ".join(problem.detail for problem in done.problems)
                raise SeedRejected(f"products.csv, line {done.line}, {done.handle}: {reasons}")
            if report.products % 10 == 0:
                tell(f"Products: {report.products} read, {report.created} new ...")
    tell(f"Products: {report.created} created, {report.updated} updated, {report.unchanged} unchanged.")
    return report


def _levels() -> Iterator[OpeningLevel]:
    today = clock.now().date()
    with open_file(FOLDER / "stock.csv") as file:
        for row in csv.DictReader(file):
            days = row["expected_in_days"]
            yield OpeningLevel(
                sku=row["sku"], location=row["location"], on_hand=int(row["on_hand"]),
                low_stock_threshold=int(row["low_stock_threshold"]), backorder_limit=int(row["backorder_limit"]),
                expected_date=today + timedelta(days=int(days)) if days else None,
            )
