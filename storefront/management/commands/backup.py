"""`manage.py backup DIR`: all modules of this process, as they were at one instant."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from storefront.backup.manifest import Unfit
from storefront.backup.taking import take


class Command(BaseCommand):
    """While the shop is open: writers wait for milliseconds, or not at all."""

    help = "Write all databases of this process, at one instant, into a new folder; uploaded files, too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("folder", type=Path, help="not there yet, or empty")
        parser.add_argument("--no-media", action="store_true", help="leave uploaded files to somebody else")

    def handle(self, *_args: Any, **options: Any) -> None:
        """A line per database."""
        began_at = time.monotonic()
        try:
            taken = take(options["folder"], tell=self.stdout.write, with_media=not options["no_media"])
        except (Unfit, OSError, psycopg.OperationalError) as error:
            raise CommandError(str(error)) from error
        size = sum(file.size for file in taken.manifest.files())
        self.stdout.write(
            f"As of {taken.manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC: {size} bytes"
            f" in {time.monotonic() - began_at:.1f} s; writers waited for {taken.paused_s * 1000:.0f} ms."
        )
