"""`manage.py relay`: deliveries, sagas and scheduled jobs in a process of its own."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from storefront.background import Background
from storefront.topology import modules_here


class Command(BaseCommand):
    """Runs until SIGINT or SIGTERM, then finishes what is at hand."""

    help = "Deliver events, move sagas and run scheduled jobs; set STOREFRONT_BACKGROUND=none in the web processes."

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, wait, stop."""
        background = Background(modules_here())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: background.stop())
        self.stdout.write(f"Relaying for {', '.join(modules_here())}. Stop with Ctrl-C.")
        background.start()
        background.join()
