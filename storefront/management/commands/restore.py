"""`manage.py restore DIR`: databases of this process as they were when a backup was taken."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from storefront.backup.manifest import Unfit, check_files, read
from storefront.backup.restoring import restore
from storefront.backup.taking import aliases_here


class Command(BaseCommand):
    """With the shop's processes stopped. Nothing is changed before all has been checked."""

    help = "Bring databases back to the instant of a backup, then audit the books."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Into empty databases, unless told otherwise."""
        parser.add_argument("folder", type=Path, help="as `backup` wrote it")
        parser.add_argument("--only", nargs="+", default=[], metavar="MODULE", help=", ".join(aliases_here()))
        parser.add_argument("--force", action="store_true", help="let go of what is in the databases now")
        parser.add_argument(
            "--skip-numbers", type=int, default=0, metavar="N",
            help="give the next N numbers to nobody: orders that came after the backup had them",
        )
        parser.add_argument("--check", action="store_true", help="compare the files with the manifest; restore nothing")
        parser.add_argument("--no-audit", action="store_true", help="leave the audit for later")

    def handle(self, *_args: Any, **options: Any) -> None:
        """A line per database; exit code 1 if the books differ afterwards."""
        began_at = time.monotonic()
        try:
            if options["check"]:
                found = read(options["folder"])
                check_files(options["folder"], found)
                self.stdout.write(f"A sound backup, as of {found.taken_at:%Y-%m-%d %H:%M:%S} UTC.")
                return
            restore(
                options["folder"], only=options["only"], force=options["force"], skip=max(0, options["skip_numbers"]),
                tell=self.stdout.write,
            )
        except (Unfit, OSError, psycopg.Error) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored in {time.monotonic() - began_at:.1f} s.")
        if not options["no_audit"]:
            call_command("audit", stdout=self.stdout, stderr=self.stderr)
