"""`manage.py export_products FILE`: all products in the format that `import_products` takes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from modules.catalog.exporting import export


class Command(BaseCommand):
    """Writes the file anew."""

    help = "Export all products as CSV in Shopify's format; import_products takes it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--currency", default="EUR", help="of the column Variant Price (default: EUR)")

    def handle(self, *_args: Any, **options: Any) -> None:
        written = 0
        with options["file"].open("w", encoding="utf-8", newline="") as file:
            for written in export(file, currency=options["currency"]):
                self.stdout.write(f"... {written} products")
        self.stdout.write(f"{options['file'].name}: {written} products.")
