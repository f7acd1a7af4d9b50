"""`manage.py auditlog`: what people with names did, shown, exported, and proved to be as it was written."""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from storefront.backoffice import chain
from storefront.backoffice.chain import Head
from storefront.backoffice.export import COLUMNS, safe_cells
from storefront.backoffice.log import HOME, entries, readable
from storefront.topology import is_home, modules_here


class Command(BaseCommand):
    """Subcommands: verify, show, export."""

    help = "Verify, show or export the audit logs of this process's modules and of sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify", help="Find what was changed, taken out or put in; exit code 1 then.")
        verify.add_argument("--keep", type=Path, help="A file outside the database: the newest seals, between runs.")
        for verb, what in (("show", "A line per row, oldest first."), ("export", "CSV on standard output.")):
            one = verbs.add_parser(verb, help=what)
            one.add_argument("--log", choices=logs_here(), help="Only this one.")
            one.add_argument("--operator", help="A user name, sk_<prefix>, or 'command line: ada'.")
            one.add_argument("--object", help="An id, such as ord_...")
            one.add_argument("--since", type=datetime.fromisoformat, help="Such as 2026-11-23, UTC.")

    def handle(self, *_: Any, **options: Any) -> None:
        {"verify": self._verify, "show": self._show, "export": self._export}[options["verb"]](options)

    def _verify(self, options: dict[str, Any]) -> None:
        kept = _read(options["keep"])
        wrong = 0
        for log in logs_here():
            found = list(chain.faults(log, kept=kept.get(log)))
            wrong += len(found)
            head = chain.head(log)
            self.stdout.write(f"{log:<10} {_told(head)}" + (f", {len(found)} faults" if found else ", sound"))
            for fault in found:
                self.stdout.write(f"  row {fault.id} {fault.what}")
        if wrong:
            raise CommandError(f"{wrong} rows are not as they were written. The kept seals stay as they are.")
        if options["keep"]:
            _write(options["keep"], kept)

    def _show(self, options: dict[str, Any]) -> None:
        for log, row in _chosen(options):
            changes = ", ".join(f"{name}: {change}" for name, change in readable(row.changes))
            about = " ".join(filter(None, (row.object_type, row.object_id)))
            self.stdout.write(" | ".join(filter(None, (
                f"{row.at:%Y-%m-%d %H:%M:%S}", log, row.operator, row.command or row.action, about, row.outcome,
                row.detail, changes,
            ))))

    def _export(self, options: dict[str, Any]) -> None:
        self.stdout.ending = ""
        out = csv.writer(self.stdout)
        out.writerow(["log", *COLUMNS])
        for log, row in _chosen(options):
            out.writerow([log, *safe_cells(row)])


def logs_here() -> tuple[str, ...]:
    """Those that lie in this process's databases."""
    return (*modules_here(), HOME) if is_home() else modules_here()


def _chosen(options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    wanted: dict[str, Any] = {}
    if options["operator"]:
        wanted["operator"] = options["operator"]
    if options["object"]:
        wanted["object_id"] = options["object"]
    if options["since"]:
        wanted["at__gte"] = options["since"].replace(tzinfo=UTC)
    for log in [options["log"]] if options["log"] else logs_here():
        for row in entries(log).filter(**wanted).order_by("id").iterator(chunk_size=chain.CHUNK):
            yield log, row


def _read(path: Path | None) -> dict[str, Head]:
    if path is None or not path.exists():
        return {}
    return {log: Head(**head) for log, head in json.loads(path.read_text()).items()}


def _write(path: Path, kept: dict[str, Head]) -> None:
    """The heads of now, beside those of logs that lie elsewhere; whole or not at all."""
    heads = kept | {log: head for log in logs_here() if (head := chain.head(log))}
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps({log: head._asdict() for log, head in sorted(heads.items())}, indent=1))
    fresh.replace(path)


def _told(head: Head | None) -> str:
    return f"up to row {head.id}, seal {head.seal[:12]}" if head else "empty"
