"""A command that tells what came from outside and was stored as it came, and has one of them handled again."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import models

from storefront.backoffice.acting import Acting, Operator
from storefront.backoffice.shell import shell_operator
from storefront.listing import tell_each

SHOWN = 200


class LettersCommand(BaseCommand, ABC):
    """`list` tells those that are still open, `show` the body of one, `replay` handles it once more, with its row in
    the module's audit log. What a letter is, and when it is open, each module says."""

    model: type[models.Model]
    noun: str
    """What people call one of them."""

    @abstractmethod
    def open(self) -> "models.QuerySet[Any]":
        """Those that wait or came to nothing."""

    @abstractmethod
    def line(self, row: Any) -> str:
        """One of them in a line, with its cause and its age."""

    @abstractmethod
    def replay(self, row: Any) -> None:
        """Handle it once more; harmless."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        listed = actions.add_parser("list", help=f"each {self.noun} that waits or came to nothing, oldest first")
        listed.add_argument("--all", action="store_true", help="those that were handled too, newest first")
        for name, text in (("show", "the body, as it was signed"), ("replay", "handle it once more; harmless")):
            actions.add_parser(name, help=text).add_argument("id", type=int, help="its number in the list")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        getattr(self, f"_{action}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = self.model._base_manager.order_by("-pk") if options["all"] else self.open().order_by("pk")
        tell_each(self.stdout, (f"#{row.pk} {self.line(row)}" for row in rows[:SHOWN]))

    def _show(self, options: dict[str, Any]) -> None:
        self.stdout.write(bytes(self._found(options["id"]).body).decode(errors="replace"))

    def _replay(self, options: dict[str, Any]) -> None:
        row = self._found(options["id"])
        self.replay(row)
        Acting(self.model._meta.app_label, operator=Operator(shell_operator()), action=f"replay {self.noun}").tell(
            object_id=str(row.pk), object_name=str(row), object_type=self.model._meta.model_name or ""
        )
        self.stdout.write(f"#{row.pk} will be handled again.")

    def _found(self, number: int) -> Any:
        row = self.model._base_manager.filter(pk=number).first()
        if row is None:
            raise CommandError(f"There is no {self.noun} {number}; `list --all` tells those that there are.")
        return row
