"""`manage.py seed`: fills an empty shop. What is there already stays as it is."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from config.seeding import curated, synthetic
from config.seeding.announcing import announcing, settle
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
        settle(tell=self._tell)
        curated.load_products(tell=self._tell)
        settle(tell=self._tell)
        if options["products"]:
            with announcing(tell=self._tell):
                synthetic.add_products(options["products"], tell=self._tell)

    def _tell(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
