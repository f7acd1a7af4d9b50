"""`manage.py audit`: proves the books of all modules, or says what is wrong; `--repair` mends what is derivable."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from storefront.audit.books import findings
from storefront.audit.pages import heard_by
from storefront.audit.repairing import Account, repaired
from storefront.topology import modules_here

IN_ORDER = "The books are in order."


class Command(BaseCommand):
    """Exit code 0 if the books are in order, 1 if not; after a repair, 1 if something is left for an operator."""

    help = "Check the books of every module of this process, against themselves and against each other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Nothing is changed without `--repair`."""
        parser.add_argument("modules", nargs="*", metavar="module", help="only these; all of this process by default")
        parser.add_argument("--repair", action="store_true", help="put right what is derivable; name the rest")
        parser.add_argument("--dry-run", action="store_true", help="with --repair: say what can be, change nothing")
        parser.add_argument("--json", action="store_true", help="a line of JSON per finding")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line per finding; how far it is goes to the terminal's other stream."""
        if strange := set(options["modules"]) - set(modules_here()):
            raise CommandError(f"This process does not run {', '.join(sorted(strange))}; it runs {modules_here()}.")
        self.is_json: bool = options["json"]
        with heard_by(self._tell):
            if options["repair"]:
                self._repair(options["modules"], dry_run=options["dry_run"])
            else:
                self._audit(options["modules"])

    def _audit(self, modules: list[str]) -> None:
        found = 0
        for module, finding in findings(only=modules):
            found += 1
            remedy = finding.remedy or ("`manage.py audit --repair` puts it right." if finding.repair else "")
            self._say(Account(module, finding, "derivable" if finding.repair else "named", remedy))
        self._conclude(found, f"{found} findings.")

    def _repair(self, modules: list[str], *, dry_run: bool) -> None:
        counts = {"repaired": 0, "derivable": 0, "named": 0}
        for account in repaired(only=modules, dry_run=dry_run):
            counts[account.outcome] += 1
            self._say(account)
        left = counts["named"] + counts["derivable"]
        done = f"{counts['derivable']} can be repaired" if dry_run else f"{counts['repaired']} repaired"
        if not self.is_json and (left or counts["repaired"]):
            self.stdout.write(f"{done}, {counts['named']} for an operator.")
        self._conclude(left, f"{left} findings are left.", is_quiet=bool(counts["repaired"]))

    def _say(self, account: Account) -> None:
        module, finding, outcome, said = account
        if self.is_json:
            self.stdout.write(json.dumps({
                "module": module, "code": finding.code, "about": finding.about, "finding": str(finding),
                "outcome": outcome, "remedy": said,
            }))
        else:
            verb = "repaired: " if outcome == "repaired" else ""
            self.stdout.write(f"{module}: {verb}{finding} [{finding.code}] {said}".rstrip())

    def _conclude(self, left: int, sentence: str, *, is_quiet: bool = False) -> None:
        if left:
            raise CommandError(sentence)
        if not self.is_json and not is_quiet:
            self.stdout.write(IN_ORDER)

    def _tell(self, sentence: str) -> None:
        if sys.stderr.isatty() or self.is_json:
            self.stderr.write(sentence)
