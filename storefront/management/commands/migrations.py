"""`manage.py migrations lint`: nothing that locks writers out, or that the last release cannot live with."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from storefront.migrating.lint import complaints


class Command(BaseCommand):
    """Says what is wrong, and what to do instead; nothing if all is well."""

    help = "Refuse migrations that lock writers out or break the release that still runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`lint`, and perhaps the apps."""
        parser.add_argument("action", choices=["lint"])
        parser.add_argument("apps", nargs="*", help="only of these apps, such as checkout")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each complaint.

        :raises CommandError: there is one
        """
        found = complaints(options["apps"])
        for complaint in found:
            self.stdout.write(f"{complaint}")
        if found:
            raise CommandError(f"{len(found)} complaints. Excuse one by `excused = {{rule: reason}}` in the migration.")
        self.stdout.write("No complaints.")
