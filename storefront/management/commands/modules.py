"""`manage.py modules`: who provides what, as lists, pictures and documents; and what was promised before."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from storefront.calls.provider import PROVIDERS
from storefront.contracts.comparison import broken
from storefront.contracts.release import Release, releases
from storefront.contracts.sample import messages
from storefront.contracts.snapshot import contract_of, events_of
from storefront.documentation.book import FOLDER, outdated, write
from storefront.documentation.diagram import module_map
from storefront.topology import modules_here, topology
from storefront.topology.wiring import wiring

KEPT_IN = "tests/compatibility/golden"


class Command(BaseCommand):
    """`list`, `graph` and `docs` tell of today; `snapshot` keeps it as a release, `compare` tells what breaks one."""

    help = "What the modules provide: lists, pictures, documents; kept with a release, compared with today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        subcommands = parser.add_subparsers(dest="subcommand", required=True)
        subcommands.add_parser("list", help="who provides what, and where")
        subcommands.add_parser("graph", help="who calls and hears whom, in Mermaid")
        docs = subcommands.add_parser("docs", help=f"write {FOLDER} and the picture in README.md from the code")
        docs.add_argument("--check", action="store_true", help="write nothing; fail if a document differs")
        snapshot = subcommands.add_parser("snapshot", help="keep every face and event, with golden messages")
        snapshot.add_argument("--release", required=True, help="its version, such as 0.1.0")
        snapshot.add_argument("--commit", default="", help="the commit of its sources, for mixed runs")
        snapshot.add_argument("--anew", action="store_true", help="replace what a release with a commit promised")
        compare = subcommands.add_parser("compare", help="what today's code breaks of the releases that are kept")
        for each in (snapshot, compare):
            each.add_argument("--directory", type=Path, default=settings.BASE_DIR / KEPT_IN)

    def handle(self, *_args: Any, subcommand: str, **options: Any) -> None:
        getattr(self, f"_{subcommand}")(**options)

    def _list(self, **_options: Any) -> None:
        for process in topology().processes:
            self.stdout.write(f"{process.name} {process.url}".rstrip())
            for module in process.modules:
                self.stdout.write(f"  {module:<12}{_provided(module)}")

    def _graph(self, **_options: Any) -> None:
        self.stdout.write(module_map(topology().modules, wiring()), ending="")

    def _docs(self, *, check: bool, **_options: Any) -> None:
        self._need_all()
        root = Path(settings.BASE_DIR)
        differing = outdated(root) if check else write(root)
        for path in differing:
            self.stdout.write(str(path.relative_to(root)))
        if differing and check:
            raise CommandError("These differ from the code: run `manage.py modules docs`.")
        self.stdout.write(f"{len(differing)} documents written." if differing else "They are what the code says.")

    def _snapshot(self, *, release: str, commit: str, directory: Path, anew: bool, **_options: Any) -> None:
        self._need_all()
        kept = Release(directory / release)
        if kept.commit and not anew:
            raise CommandError(f"{release} is released: mend or intend what breaks it, or replace it --anew.")
        for module in modules_here():
            face = PROVIDERS[module].face
            kept.keep(module, contract_of(module), messages(face, events_of(module)))
        if commit:
            (kept.folder / "RELEASE").write_text(f"{commit}\n")
        self.stdout.write(f"{release}: the contracts of {len(modules_here())} modules are kept.")

    def _compare(self, *, directory: Path, **_options: Any) -> None:
        self._need_all()
        found = 0
        for release in releases(directory):
            unintended = broken(release)
            found += len(unintended)
            for sentence in unintended:
                self.stdout.write(f"{release.name}: {sentence}")
        if found:
            raise CommandError(f"{found} promises are broken: see docs/adr/0015-contracts-grow-by-addition.md.")
        self.stdout.write(f"Nothing breaks what {len(releases(directory))} releases promised.")

    def _need_all(self) -> None:
        lacking = set(topology().modules) - set(modules_here())
        if lacking:
            raise CommandError(f"{', '.join(sorted(lacking))} are not in this process: ask the monolith.")


def _provided(module: str) -> str:
    """What this process knows of a module."""
    provider = PROVIDERS.get(module)
    if provider is None:
        return "elsewhere"
    operations = ", ".join(provider.face.operations)
    return f"version {provider.face.version}: {operations}"
