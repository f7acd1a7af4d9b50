"""`manage.py import_products FILE`: products in Shopify's CSV format."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from modules.catalog.importing.history import History
from modules.catalog.importing.problem import FileRejected, Problem
from modules.catalog.importing.run import Plan, Report, open_file, run_import
from storefront.currency import EXPONENTS
from storefront.interface import OutcomeUnknown, Unavailable

PROGRESS_SECONDS = 2.0


class Command(BaseCommand):
    """Imports a file; exit status 1 if a product failed."""

    help = "Import products from a CSV file in Shopify's format. A product is in as a whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--images", type=Path, metavar="DIR", help="look for pictures here too")
        parser.add_argument(
            "--location", metavar="CODE", default="MAIN", help="where the quantities are (default: MAIN)"
        )
        parser.add_argument("--no-stock", action="store_true", help="leave the quantities of the file alone")
        parser.add_argument("--currency", default="EUR", help="of the column Variant Price (default: EUR)")
        parser.add_argument("--fetch-images", action="store_true", help="fetch pictures from public web addresses")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if options["currency"] not in EXPONENTS:
            raise CommandError(f"{options['currency']} is no ISO 4217 currency; give a code such as EUR.")
        folders = (path.parent, options["images"]) if options["images"] else (path.parent,)
        plan = Plan(
            folders=folders,
            location=None if options["no_stock"] else options["location"],
            currency=options["currency"],
            is_dry_run=options["dry_run"],
            may_fetch=options["fetch_images"],
        )
        report = self._run(path, plan)
        would = "would be " if plan.is_dry_run else ""
        self.stdout.write(
            f"{path.name}: {report.created} products {would}created, {report.updated} {would}updated,"
            f" {report.unchanged} unchanged, {report.failed} failed; {report.warnings} warnings,"
            f" {report.levels_opened} stock levels opened."
        )
        if report.failed:
            raise CommandError(f"{report.failed} products of {path.name} were not imported; the lines above say why.")

    def _run(self, path: Path, plan: Plan) -> Report:
        report, shown_at = Report(), time.monotonic()
        try:
            with open_file(path) as file:
                history = None if plan.is_dry_run else History(report, path.name)
                for done in run_import(file, plan, report):
                    if history:
                        history.note(done.problems)
                    for problem in done.problems:
                        self._tell(problem)
                    if plan.is_dry_run and done.outcome in ("created", "updated"):
                        self.stdout.write(f"line {done.line}: {done.handle} would be {done.outcome}")
                    if time.monotonic() - shown_at > PROGRESS_SECONDS:
                        self.stdout.write(f"... {report.products} products, at line {done.line}")
                        shown_at = time.monotonic()
                if history:
                    history.finish()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except (Unavailable, OutcomeUnknown) as error:
            raise CommandError(
                f"The quantities of {path.name} are not all in inventory; import it again: {error}"
            ) from error
        except FileRejected as rejected:
            raise CommandError(f"{path.name} [{rejected.code}]: {rejected}") from rejected
        return report

    def _tell(self, problem: Problem) -> None:
        kind = "error" if problem.is_error else "warning"
        self.stderr.write(f"line {problem.line}: {kind} [{problem.code}] {problem.handle}: {problem.detail}")
