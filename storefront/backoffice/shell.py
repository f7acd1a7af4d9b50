"""Who acts when `manage.py` does: the user of the operating system, and the command as it was typed."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from storefront.backoffice.acting import Acting, Operator, acting

LONGEST = 300


def shell_operator() -> str:
    """Such as `command line: ada`; of somebody who became root, who they were before."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # no name for the number, as in some containers
        name = f"user {os.getuid()}"
    before = os.environ.get("SUDO_USER", "")
    return f"command line: {name}" + (f" ({before})" if before and before != name else "")


def typed() -> str:
    """The command line, without the values of what may be secret."""
    words = [word.partition("=")[0] + "=..." if "=" in word and "://" in word else word for word in sys.argv[1:]]
    shown = " ".join("..." if "://" in word else word for word in words)
    return f"manage.py {shown}"[:LONGEST]


@contextmanager
def acting_from_shell(log: str, action: str, *, object_id: str = "", object_type: str = "") -> Iterator[Acting]:
    """Whatever is done meanwhile in a log's tables is told of as this user's deed; so is that it failed.

    log: a module of this process, or `HOME`.
    """
    objects = {object_id: ""} if object_id else None
    act = Acting(
        log, operator=Operator(shell_operator()), action=action, object_type=object_type, objects=objects,
    )
    with acting(act):
        try:
            yield act
        except Exception as error:
            act.tell_of_the_rest(outcome="failed", detail=f"{typed()}: {error}")
            raise
        act.tell_of_the_rest(detail=typed())
