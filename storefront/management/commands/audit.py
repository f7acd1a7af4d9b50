"""`manage.py audit`: proves the books of all modules, or says what is wrong."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from storefront.audit import findings


class Command(BaseCommand):
    """Exit code 0 if the books are in order, 1 if not."""

    help = "Check the books of every module, against themselves and against each other."

    def handle(self, *args: Any, **options: Any) -> None:
        """A line per finding."""
        found = 0
        for module, finding in findings():
            found += 1
            self.stdout.write(f"{module}: {finding}")
        if found:
            raise CommandError(f"{found} findings.")
        self.stdout.write("The books are in order.")
