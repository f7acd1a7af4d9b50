"""`manage.py startmodule loyalty`: a module that is added tomorrow."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from storefront.beginning.module import CouldNotBegin, begin
from storefront.beginning.naming import BadName, checked
from storefront.topology import modules_here, topology


class Command(BaseCommand):
    """Writes it, enrols it, and says what to do next. Exits 1, having changed nothing, if it cannot."""

    help = "Write a new module that passes every border, and give it a place in every topology."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="one word of lower-case letters, a singular noun or a trade's name")

    def handle(self, *_args: Any, name: str, **_options: Any) -> None:
        root = Path(settings.BASE_DIR)
        if lacking := set(topology().modules) - set(modules_here()):
            raise CommandError(f"{', '.join(sorted(lacking))} are not in this process: ask the monolith.")
        try:
            there = [path.name for path in (root / "modules").iterdir() if path.is_dir()]
            told = begin(checked(name, taken={*there, *topology().modules}), root=root)
        except (BadName, CouldNotBegin) as error:
            raise CommandError(str(error)) from error
        for line in told:
            self.stdout.write(line)
        self.stdout.write(f"""
{name} records entries and tells so: say instead what it is for. Begin with modules/{name}/interface.py and events.py,
then models.py (and `manage.py makemigrations {name}`), services.py, queries.py, handlers.py, and its README.md.

  manage.py migrate                       its tables
  manage.py topology wiring               after each change of whom it imports or hears
  pytest modules/{name}                   its own tests; its README names those to fill in
  make borders                            the nets around it
  manage.py modules docs                  the map and the pages of modules; manifests: manage.py topology manifests

importlinter.ini covers it already: others see only its face, and no cycle may form. If it should know only some of the
others, add a contract there, as Cart has.""")
