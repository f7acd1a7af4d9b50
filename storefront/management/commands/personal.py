"""`manage.py personal`: tell a person what the shop holds of them, or forget them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError

from storefront.followup.telling import at_the_shell
from storefront.interface import Unavailable
from storefront.personal import everywhere
from storefront.personal.subject import Report, address_of, summary
from storefront.topology import modules_here


class Command(BaseCommand):
    """`personal export --email ... [--file ...]` and `personal erase --email ...`; each may be given again."""

    help = "Export or erase what the whole shop holds of a person, known by an e-mail address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One subcommand each."""
        actions = parser.add_subparsers(dest="action", required=True)
        export = actions.add_parser("export", help="all that is held of a person, as JSON")
        export.add_argument("--file", default="", help="where to write it; else to the standard output")
        erase = actions.add_parser("erase", help="forget a person, as far as the law lets")
        for each in (export, erase):
            each.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask every module, in whichever process it runs."""
        try:
            email = address_of(options["email"])
        except ValueError as error:
            raise CommandError(f"{error}") from error
        try:
            getattr(self, options["action"])(email, options)
        except Unavailable as error:
            raise CommandError(f"A module cannot be asked: {error}. Start it, and give this command again.") from error

    def export(self, email: str, options: dict[str, Any]) -> None:
        """JSON for the person."""
        found = everywhere.export(email)
        _tell("export personal data", email, detail=f"{sum(map(len, found.modules.values()))} sorts of rows")
        text = msgspec.json.format(msgspec.json.encode(found), indent=2)
        if options["file"]:
            Path(options["file"]).write_bytes(text + b"\n")
            self.stdout.write(f"Written to {options['file']}.")
        else:
            self.stdout.write(text.decode())

    def erase(self, email: str, options: dict[str, Any]) -> None:
        """What was erased, and what stays and why."""
        reports: list[Report] = []
        try:
            for report in everywhere.erase(email):
                reports.append(report)
                self._say(report)
        except Unavailable:
            _tell("erase personal data", email, outcome="unavailable", detail=summary(reports))
            raise
        if not any(report.erased or report.kept for report in reports):
            self.stdout.write("Nothing is held of this person.")
        _tell("erase personal data", email, detail=summary(reports))

    def _say(self, report: Report) -> None:
        for table, count in report.erased:
            self.stdout.write(f"{table}: erased in {count} rows")
        for kept in report.kept:
            self.stdout.write(f"{kept.table} {kept.id} stays: {kept.why}")


def _tell(action: str, email: str, *, detail: str, outcome: str = "done") -> None:
    """In the audit log of a module of this process, by a name that is nobody's."""
    act = at_the_shell(modules_here()[0], action, object_type="person")
    act.tell(object_id=everywhere.pseudonym(email), outcome=outcome, detail=detail)
