"""`manage.py relocate MODULE --to URL`: moves a module's rows to another database."""

from argparse import ArgumentParser
from contextlib import closing
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from storefront.relocation import live, move, place
from storefront.relocation.journal import Journal
from storefront.relocation.store import CannotMove
from storefront.relocation.table import tables_of
from storefront.topology import modules_here

DONE = """\
{module} is at {place} now, and its old tables refuse whoever writes.
Set {name}_DATABASE_URL to that URL for every process that runs {module}, and start them anew: no configuration was
changed here. The old tables stay until you drop them. To come back: with that variable set, relocate {module}
--to the old URL --replace."""
READY = """\
{module} is being replicated to {place}.
Start its new processes now, if you like, with {name}_DATABASE_URL set to that URL: they can read, and write once the
move is done. Then run this again without --prepare, or with --abort."""


class Command(BaseCommand):
    """Copies, compares, and says what to configure; it configures nothing."""

    help = "Move a module's rows to another database, with the platform's tables of that module."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The plain way by default; `--live` while orders flow."""
        parser.add_argument("module", choices=modules_here())
        parser.add_argument("--to", metavar="URL", help="postgres://... or sqlite:///...; the database must exist")
        parser.add_argument("--replace", action="store_true", help="let go of the module's rows that are there already")
        parser.add_argument("--abort", action="store_true", help="undo what an unfinished move left at both places")
        parser.add_argument("--reopen", action="store_true", help="write here again, without what is elsewhere by now")
        live_way = parser.add_argument_group("the live way")
        live_way.add_argument("--live", action="store_true", help="while orders flow: PostgreSQL to PostgreSQL only")
        live_way.add_argument("--prepare", action="store_true", help="replicate only; a later run moves over")
        live_way.add_argument(
            "--pause", type=float, default=10.0, metavar="SECONDS",
            help="writers wait at most so long, else all stays as it was (default: 10)",
        )
        live_way.add_argument("--source", default="", metavar="URL", help="how the target's server reaches the source")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Move, prepare, abort or reopen."""
        try:
            if options["reopen"]:
                self._reopen(options["module"])
            elif options["to"]:
                self._with_target(options)
            else:
                raise CommandError("Say where: --to postgres://... or sqlite:///...")
        except (CannotMove, ImproperlyConfigured, psycopg.OperationalError) as error:
            raise CommandError(str(error)) from error

    def _reopen(self, module: str) -> None:
        with closing(place.home_of(module)) as home:
            home.reopen(tables_of(module))
            Journal(home).end()
        self.stdout.write(f"{home.place} can be written again.")

    def _with_target(self, options: dict[str, Any]) -> None:
        module, url = options["module"], options["to"]
        with closing(place.home_of(module)) as source, closing(place.place_at(module, url)) as target:
            plan = move.Move(module, tables_of(module), source, target, self._tell)
            if options["abort"]:
                live.abort(plan)
                self.stdout.write(f"{module} stays at {source.place}; nothing of the move is left.")
            else:
                self._move(plan, options)

    def _move(self, plan: move.Move, options: dict[str, Any]) -> None:
        module, url = plan.module, options["to"]
        was_there = bool(plan.target.migrations(module))
        is_prepared = live.is_prepared(plan)
        if is_prepared and not options["live"]:
            raise CannotMove(f"{plan.target.place} is being replicated to already: go on with --live, or --abort.")
        if not is_prepared:
            place.migrate(module, url)
        move.check(plan, was_there=was_there, replace=options["replace"])
        said = DONE
        if not options["live"]:
            move.carry_out(plan, replace=options["replace"])
        else:
            said = self._live(plan, options)
        self.stdout.write(said.format(module=module, place=plan.target.place, name=module.upper()))

    def _live(self, plan: move.Move, options: dict[str, Any]) -> str:
        live.prepare(plan, replace=options["replace"], source_url=options["source"])
        if options["prepare"]:
            return READY
        pause = live.move_over(plan, pause=options["pause"])
        self.stdout.write(f"Writers of {plan.module} waited for {pause:.2f} s.")
        return DONE

    def _tell(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
