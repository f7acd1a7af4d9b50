"""Who is in the shop without buying: one who looks around, and a file of goods that is imported."""

import csv
import io
from typing import Protocol

from modules.catalog.importing.run import Plan, Report, run_import
from modules.inventory.interface import Inventory
from storefront.interface import OutcomeUnknown, Unavailable, connect
from storefront.testing.simulation.cell import BEGINS, CALLER, ENDS
from storefront.testing.simulation.stage import Stage
from tests.journeys.shop import Shopper

NEW, UNITS = "NEW-MUG", 7
LOOKS = 6


class Visitor(Protocol):
    """Acts once, and may complain afterwards."""

    name: str

    def visit(self) -> None:
        """What they do."""

    def complaints(self) -> list[str]:
        """What was wrong."""


class Browser:
    """Reads the catalogue now and then: it needs no module but catalog, so nothing else may spoil it."""

    name = "browser"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._refused: list[str] = []

    def visit(self) -> None:
        """Look at the list."""
        for _ in range(LOOKS):
            self._stage.sleep(self._stage.random.uniform(2, 12))
            with self._stage.mortal():
                status = Shopper().get("products?limit=10").status_code
                self._stage.tell(f"looks around: {status}")
                if status != 200 and not self._is_catalogs_own():
                    self._refused.append(f"The list of products answered {status}.")

    def _is_catalogs_own(self) -> bool:
        cell = self._stage.troubles.cell
        return cell is None or (cell.module, cell.dependency) == ("catalog", "database")

    def complaints(self) -> list[str]:
        """Lists that were not shown."""
        return self._refused


class Importer:
    """Brings a product with its first stock, again and again until all of it is in."""

    name = "importer"

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._begins = stage.random.uniform(BEGINS, ENDS / 2)

    def visit(self) -> None:
        """As `manage.py import_products` does."""
        self._stage.sleep(self._begins)
        CALLER.set("catalog")
        while True:
            with self._stage.mortal():
                try:
                    outcomes = [done.outcome for done in run_import(_file(), Plan(location="BER"), Report())]
                except (Unavailable, OutcomeUnknown) as error:
                    self._stage.tell(f"import: {type(error).__name__}")
                else:
                    self._stage.tell(f"import: {outcomes}")
                    if "failed" not in outcomes:
                        return
            self._stage.sleep(self._stage.random.uniform(5, 20))

    def complaints(self) -> list[str]:
        """Stock that was not received once."""
        (found,) = connect(Inventory).availability(skus=(NEW,))
        return [] if found.available == UNITS else [f"{NEW}: {found.available} are on sale; {UNITS} came in."]


def _file() -> io.StringIO:
    row = {
        "Handle": "new-mug", "Title": "New mug", "Variant SKU": NEW, "Variant Price": "9.90",
        "Variant Inventory Qty": UNITS, "Variant Grams": 300,
    }
    file = io.StringIO()
    writer = csv.DictWriter(file, row)
    writer.writeheader()
    writer.writerow(row)
    file.seek(0)
    return file
