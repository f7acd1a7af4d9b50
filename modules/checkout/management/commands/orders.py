"""`manage.py orders skip-numbers 1000`: for the day when a database comes back without its last orders."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from modules.checkout import numbering
from storefront.backoffice.log import Change
from storefront.followup.telling import at_the_shell

MOST = 1_000_000
"""Numbers that are skipped never come back."""


class Command(BaseCommand):
    """It may be given while the shop sells, and more than once."""

    help = "Numbers of orders: leave some out, which lost orders may have had."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        skipped = actions.add_parser("skip-numbers", help="give the next numbers to nobody")
        skipped.add_argument("count", type=_count, help="more than the orders that can be lost, such as 1000")

    def handle(self, *_args: Any, action: str, count: int, **_options: Any) -> None:
        """One sentence: the newest order's number, and the next one's."""
        found = numbering.skip(count)
        newest = f"The newest order has the number {found.newest}" if found.newest else "There is no order"
        if found.next == found.was_next:
            self.stdout.write(f"{newest}; the next one will have {found.next} already, and nothing was changed.")
            return
        changes = [Change("next number", found.was_next, found.next)]
        at_the_shell("checkout", action, object_type="order").tell(object_id="", changes=changes)
        self.stdout.write(f"{newest}; the next one will have {found.next}, and not {found.was_next}.")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise ArgumentTypeError(f"{text}: give a number of orders from 1 to {MOST}.")
    return int(text)
