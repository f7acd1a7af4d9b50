"""`manage.py seed`: fills an empty shop. What is there already stays as it is."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from config.seeding import curated, synthetic
from storefront.events.relay import deliver
from storefront.topology import modules_here


class Command(BaseCommand):
    """Loads the curated catalogue, and with `--products` a large one beside it."""

    help = "Fill the shop with the curated catalogue. A second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--products", type=int, default=0, metavar="N", help="add N made-up products of two variants"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["products"] < 0:
            raise CommandError("--products takes a number from 0.")
        for module in modules_here():  # what each module needs to start with: zones, methods, rates
            if f"seed_{module}" in get_commands():
                call_command(f"seed_{module}", stdout=self.stdout)
        curated.open_stock(tell=self._tell)
        self._settle()
        curated.load_products(tell=self._tell)
        if options["products"]:
            synthetic.add_products(options["products"], tell=self._tell)
        self._settle()

    def _settle(self) -> None:
        """Let every module hear what was announced, so that the first page shows what is in stock."""
        delivered, told = 0, 0
        while done := sum(deliver(module) for module in modules_here()):
            delivered += done
            if delivered - told >= 5_000:
                self._tell(f"{delivered} announcements delivered ...")
                told = delivered

    def _tell(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
