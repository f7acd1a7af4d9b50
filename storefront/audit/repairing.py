"""Putting right what is derivable: from a module's own ledgers, from what the others say, from the provider's truth.

Neither money nor stock is ever invented. What is not derivable is named, and stays.
"""

import getpass
import logging
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Literal, NamedTuple

from django.db import DatabaseError

from storefront.audit.books import findings
from storefront.audit.finding import Finding, NotDerivable
from storefront.backoffice import log as deeds
from storefront.interface import OutcomeUnknown, Refusal, Unavailable

log = logging.getLogger(__name__)

ROUNDS = 5
"""A repair may bring to light what another one hid; so often all checks are run at most."""

Outcome = Literal["repaired", "derivable", "named"]


class Account(NamedTuple):
    """What became of one finding. derivable: it could be repaired, and was not because this was a rehearsal."""

    module: str
    finding: Finding
    outcome: Outcome
    said: str


def repaired(*, only: Collection[str] = (), dry_run: bool = False) -> Iterator[Account]:
    """Repair what can be, round by round until a round finds nothing new; then name what is left."""
    tried: set[tuple[str, str, str]] = set()
    refused: dict[tuple[str, str, str], str] = {}
    for number in range(ROUNDS):
        is_last, done = number == ROUNDS - 1, 0
        left: list[tuple[str, Finding]] = []
        for module, finding in findings(only=only):
            place = (module, finding.code, finding.about)
            if finding.repair is None or place in tried or is_last:
                left.append((module, finding))
                continue
            if dry_run:
                yield Account(module, finding, "derivable", "It can be repaired.")
                continue
            tried.add(place)
            said, is_done = _carried_out(module, finding)
            if is_done:
                done += 1
                yield Account(module, finding, "repaired", said)
            else:
                refused[place] = said
                left.append((module, finding))
        if not done:
            break
    for module, finding in left:
        place = (module, finding.code, finding.about)
        if place in tried and place not in refused:
            continue  # its repair is under way: a fact is owed, a saga goes on
        why = refused.get(place, "")
        yield Account(module, finding, "named", " ".join(filter(None, (why, finding.remedy))))


def _carried_out(module: str, finding: Finding) -> tuple[str, bool]:
    assert finding.repair
    try:
        said = finding.repair()
    except (NotDerivable, Refusal, Unavailable, OutcomeUnknown, DatabaseError) as error:
        _note(module, finding, outcome="refused", said=f"{error}")
        return f"Not repaired: {error}", False
    except Exception as error:
        log.exception("A repair failed.", extra={"code": finding.code, "about": finding.about})
        _note(module, finding, outcome="failed", said=f"{error}")
        return f"Not repaired: {type(error).__name__}: {error}", False
    _note(module, finding, outcome="done", said=said)
    return said, True


def _note(module: str, finding: Finding, *, outcome: str, said: str) -> None:
    """A row in the module's audit log."""
    with suppress(LookupError):  # a module may keep none
        deeds.write(
            module,
            deeds.Deed(
                operator=f"manage.py ({_user()})"[:150], operator_name="", action="audit --repair", command="",
                outcome=outcome, detail=f"{finding} {said}", object_type="", object_id=finding.about,
                object_name=finding.code, changes=[],
            ),
        )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "nobody"
