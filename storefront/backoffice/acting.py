"""Who acts at this moment, in which module, and on what: whatever they command is written to its audit log.

A command's row is written in the command's own transaction, with its answer: no effect without a row, no row without
the effect. A refusal is an answer. What came to no answer is written when the caller learns of it.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db import DatabaseError

from storefront.backoffice import log
from storefront.backoffice.before import Snapshot
from storefront.backoffice.log import Change, Deed
from storefront.database.unit import Unit
from storefront.interface import Operation, OutcomeUnknown, Refusal

_log = logging.getLogger(__name__)


class Operator(NamedTuple):
    """A person, or a machine with a key."""

    name: str
    full_name: str = ""


class Acting:
    """One act of an operator in one module, perhaps on several objects."""

    def __init__(
        self, module: str, *, operator: Operator, action: str, object_type: str = "",
        objects: Mapping[str, str] | None = None, model: Any = None,
    ) -> None:
        self.module = module
        """Whose log tells of it: a module, or `HOME`."""
        self.model = model
        """Of the objects that were chosen."""
        self.operator = operator
        self.action = action
        self.object_type = object_type
        self.objects = dict(objects or {})
        """Id -> what it is called, of the objects that were chosen."""
        self.told: set[str] = set()
        """The ids of objects that have their row."""
        self.before = Snapshot(module)

    def tell(
        self, *, object_id: str, object_name: str = "", object_type: str = "", outcome: str = "done", action: str = "",
        command: str = "", detail: str = "", changes: list[Change] | None = None,
    ) -> None:
        """Write a row, in the transaction that is open, if one is."""
        log.write(self.module, Deed(
            operator=self.operator.name, operator_name=self.operator.full_name, action=action or self.action,
            command=command, outcome=outcome, detail=detail, object_type=object_type or self.object_type,
            object_id=object_id, object_name=object_name or self.objects.get(object_id, ""), changes=changes or [],
        ))
        self.told.add(object_id)

    def tell_of_the_rest(self, *, outcome: str = "done", detail: str = "") -> None:
        """A row for each chosen object that has none, or one for the act as a whole."""
        for object_id in self.objects or ({} if self.told else {"": ""}):
            if object_id not in self.told:
                self.tell(
                    object_id=object_id, outcome=outcome, detail=detail, changes=self.before.changes(pk=object_id)
                )

    def tell_of_command(
        self, operation: Operation, arguments: Mapping[str, Any], *, outcome: str, detail: str = ""
    ) -> None:
        """A row of a command and what it was given."""
        given = {name: arguments[name] for name in operation.names - {"key", "actor"} if name in arguments}
        asked = [Change(name, None, value) for name, value in sorted(given.items()) if value is not None]
        changed = self.before.changes() if outcome == "done" else []
        self.tell(
            object_id=self._object_of(given), outcome=outcome, command=operation.full_name, detail=detail,
            changes=[*asked, *changed],
        )

    def begin(self, arguments: Mapping[str, Any]) -> None:
        """A command begins, in its transaction: remember what it is about as it stands."""
        chosen = [self._object_of(arguments)] if self.objects else []
        self.before = Snapshot(self.module)
        self.before.take(self.model, chosen)
        if not chosen:
            self.before.take_named(arguments)

    def _object_of(self, given: Mapping[str, Any]) -> str:
        """Which of the chosen objects a command is about; where none was chosen, what its arguments name."""
        named = [value for value in given.values() if isinstance(value, str) and value in self.objects]
        if named or len(self.objects) == 1:
            return named[0] if named else next(iter(self.objects))
        ids = [given[name] for name in sorted(given) if name.endswith("_id") or name in ("sku", "handle", "code")]
        return str(ids[0]) if ids else ""


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(act: Acting | None) -> Iterator[None]:
    """Whatever is commanded in `act.module` meanwhile is this operator's deed; None for nobody's."""
    token = _acting.set(act)
    try:
        yield
    finally:
        _acting.reset(token)


def current_act() -> Acting | None:
    """Who acts here; None where nobody with a name does."""
    return _acting.get()


def began(unit: Unit, arguments: Mapping[str, Any]) -> None:
    """A command has begun in this transaction: its row will say what it found there."""
    act = _acting.get()
    if act is not None and act.module == unit.module:
        act.begin(arguments)


def answered(unit: Unit, operation: Operation, arguments: Mapping[str, Any], refusal: Refusal | None = None) -> None:
    """A command is being answered in this transaction: leave its row there, if an operator gave it."""
    act = _acting.get()
    if act is None or act.module != unit.module:
        return
    act.tell_of_command(
        operation, arguments, outcome="refused" if refusal else "done", detail=str(refusal) if refusal else ""
    )


def unanswered(operation: Operation, arguments: Mapping[str, Any], error: Exception) -> None:
    """A call brought no answer: leave a row of the attempt."""
    act = _acting.get()
    if act is None or act.module != operation.module or operation.kind != "command":
        return
    outcome = "unknown" if isinstance(error, OutcomeUnknown) else "unavailable"
    try:
        act.tell_of_command(operation, arguments, outcome=outcome, detail=str(error))
    except DatabaseError as failure:  # perhaps the very reason why there was no answer
        _log.error("An operator's attempt could not be logged.", exc_info=failure)
