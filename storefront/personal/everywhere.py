"""A person's data in the whole shop: every module is asked, in whichever process it runs."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from django.conf import settings
from django.db import InterfaceError, OperationalError

from storefront import clock
from storefront.calls.asking import ask, for_processes
from storefront.interface import Unavailable, Value
from storefront.personal import module as own
from storefront.personal.subject import Export, Found, Outline, Report, Subject
from storefront.topology import modules_here, topology

PATH = "/_personal"
SECONDS = 60.0
"""For a module to look through its tables."""
MOST_ROUNDS = 10
"""Times that ids may lead from module to module; in this shop they do so twice."""


Act = Literal["find", "outline", "export", "erase"]


class Silent(Unavailable):
    """A module cannot be asked."""

    def __init__(self, module: str, cause: Exception) -> None:
        super().__init__(f"{module} does not answer: {cause}")
        self.module = module


class Question(Value):
    """What a module is asked about a person."""

    act: Act
    module: str
    subject: Subject


def known(email: str) -> tuple[Subject, set[str]]:
    """A person and all ids that are theirs; and the modules that know their address, not only an id.

    :raises Silent: a module cannot be asked
    """
    subject, knowing = Subject(email=email), set[str]()
    for _ in range(MOST_ROUNDS):
        before = subject
        for name in topology().modules:
            found = _asked("find", name, subject, Found)
            subject = subject.joined({*found.references}, {*found.values})
            knowing |= {name} if found.knows_email else set()
        if subject == before:
            break
    return subject, knowing


def outline(email: str) -> list[Outline]:
    """How much each module holds of a person, of those that hold anything.

    :raises Silent: a module cannot be asked
    """
    subject, _ = known(email)
    told = [_asked("outline", name, subject, Outline) for name in topology().modules]
    return [each for each in told if each.held or each.stays]


def export(email: str) -> Export:
    """All that the shop holds of a person.

    :raises Silent: a module cannot be asked
    """
    subject, _ = known(email)
    told = {name: _asked("export", name, subject, dict[str, list[Any]]) for name in topology().modules}
    return Export(subject=email, exported_at=clock.now(), modules={name: rows for name, rows in told.items() if rows})


def erase(email: str) -> Iterator[Report]:
    """Forget a person, as far as the law lets; each module's report when it is done there. The modules that know their
    address come last, so that it may be done again where one of the others could not be asked.

    :raises Silent: a module cannot be asked; what was done stays done
    """
    subject, knowing = known(email)
    names = sorted(topology().modules, key=lambda name: (name in knowing, name))
    for name in names:
        yield _asked("erase", name, subject, Report)


def pseudonym(email: str) -> str:
    """By which logs speak of a person: nobody finds the address from it without the shop's secret."""
    found = hmac.new(settings.SECRET_KEY.encode(), f"person:{email.strip().lower()}".encode(), hashlib.sha256)
    return f"person_{found.hexdigest()[:20]}"


def _asked(act: Act, module: str, subject: Subject, kind: Any) -> Any:
    try:
        return msgspec.json.decode(_reply(Question(act=act, module=module, subject=subject)), type=kind)
    except (Unavailable, OperationalError, InterfaceError) as error:
        raise Silent(module, error) from error


def _reply(question: Question) -> bytes:
    """From here, or from the process that runs the module."""
    if question.module in modules_here():
        return _answered(question)
    process = topology().provider_of(question.module)
    if process is None:
        raise Unavailable(f"No process of topology {topology().name} runs it.")
    return ask(process, PATH, msgspec.json.encode(question), seconds=SECONDS)


def _answered(question: Question) -> bytes:
    answer: Any = getattr(own, question.act)(question.module, question.subject)
    return msgspec.json.encode(answer)


@for_processes
def door(question: bytes) -> bytes:
    """The part of a module of this process."""
    asked = msgspec.json.decode(question, type=Question)
    if asked.module not in modules_here():
        raise Unavailable(f"{asked.module} is not in this process.")
    return _answered(asked)
