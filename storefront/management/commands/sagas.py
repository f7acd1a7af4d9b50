"""`manage.py sagas`: which are under way or parked, and what to do with one."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from storefront.followup.age import age
from storefront.followup.telling import at_the_shell
from storefront.interface import NotFound
from storefront.listing import tell_each
from storefront.sagas import operator
from storefront.sagas.store import Run
from storefront.topology import has_sagas, modules_here

ACTIONS: dict[str, Callable[[str, str], None]] = {
    "resume": operator.resume, "skip": operator.skip, "undo": operator.turn_round,
}


class Command(BaseCommand):
    """Without an action it lists what is not finished."""

    help = "List sagas; resume one, skip its step, or undo it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`sagas [list|resume|skip|undo] [id]`."""
        parser.add_argument("action", nargs="?", default="list", choices=["list", *ACTIONS])
        parser.add_argument("id", nargs="?", default="")
        parser.add_argument("--status", default="", help="list only running, undoing, done, undone or parked ones")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, or act on one."""
        modules = [module for module in modules_here() if has_sagas(module)]
        if options["action"] == "list":
            rows = (row for module in modules for row in operator.listed(module, status=options["status"]))
            tell_each(self.stdout, (described(Run(row)) for row in rows))
            return
        for module in modules:
            try:
                ACTIONS[options["action"]](module, options["id"])
            except NotFound:
                continue
            except (operator.SagaBusy, ValueError) as error:
                _tell(module, options, outcome="refused", detail=str(error))
                raise CommandError(str(error)) from error
            _tell(module, options)
            self.stdout.write(f"{options['id']}: {options['action']}.")
            return
        raise CommandError(f"No saga has the id {options['id']!r}.")


def _tell(module: str, options: dict[str, Any], *, outcome: str = "done", detail: str = "") -> None:
    """The audit log has a row of it."""
    act = at_the_shell(module, options["action"], object_type="sagarow")
    act.tell(object_id=options["id"], outcome=outcome, detail=detail)


def described(run: Run) -> str:
    """One line: what it is about, where it stands, what is in its way."""
    steps = run.saga.steps
    step = steps[run.step].name if run.step < len(steps) else "finished"
    trouble = f"; {run.row.attempts} attempts, {run.row.error}" if run.row.error else ""
    since = f"for {age(run.row.started_at)}"
    return f"{run.id} {run.saga.__name__} of {run.row.subject}, {since}: {run.status} at {step!r}{trouble}"
