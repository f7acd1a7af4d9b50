"""`manage.py extract payments ../payments-service`: a module leaves for a project of its own."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from storefront.leaving.facts import facts_of
from storefront.leaving.luggage import CannotLeave
from storefront.leaving.project import prepared, write
from storefront.topology import modules_here


class Command(BaseCommand):
    """Writes the project, and says what it wrote. Exits 1, having written nothing, if the module cannot leave."""

    help = "Write a self-standing project of one module, the platform, and the faces that the module imports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("module")
        parser.add_argument("target", type=Path, help="a folder that does not exist yet, or is empty")
        parser.add_argument(
            "--force", action="store_true",
            help="write into a folder that is not empty: config/, modules/ and storefront/ there are replaced",
        )

    def handle(self, *_args: Any, module: str, target: Path, force: bool, **_options: Any) -> None:
        root = Path(settings.BASE_DIR)
        try:
            leaving = prepared(module, root=root, into=target)
        except CannotLeave as error:
            raise CommandError(str(error)) from error
        if module not in modules_here():
            raise CommandError(f"{module} is not in this process: ask the monolith.")
        if leaving.into.is_file() or (leaving.into.is_dir() and any(leaving.into.iterdir()) and not force):
            raise CommandError(f"{target} is not an empty folder. --force replaces its config, modules and storefront.")
        leaving.into.mkdir(parents=True, exist_ok=True)
        for line in write(leaving, facts_of(module, root=root)):
            self.stdout.write(line)
        self.stdout.write(f"""\
manage.py, conftest.py, requirements, importlinter.ini, pyproject.toml, Makefile, .ci/run, README.md

{module} is a project of its own in {target}. There:  make test  &&  make serve
The rest of the shop, here:  STOREFRONT_TOPOLOGY={leaving.topology} STOREFRONT_PROCESS=shop
Its rows have not moved. What it reads from the environment, and how to run both: README.md.""")
