"""`manage.py rebuild_stock`: for the day when `audit` says that counters differ from movements."""

from typing import Any

from django.core.management.base import BaseCommand

from modules.inventory.audit import audit
from modules.inventory.rebuild import rebuild


class Command(BaseCommand):
    """Sets the counters of all levels to the sums of their movements."""

    help = "Set the counters of stock to the sums of their movements, and audit them."

    def handle(self, **_options: Any) -> None:
        rebuild()
        defects = list(audit())
        for sentence in defects:
            self.stderr.write(sentence)
        self.stdout.write(f"Counters are rebuilt. Defects left: {len(defects)}.")
