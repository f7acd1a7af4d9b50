"""Who acts when `manage.py` does: the user of the operating system, and what they typed."""

import getpass
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.apps import apps
from django.db import DatabaseError

from storefront.backoffice import log
from storefront.backoffice.log import Deed

_log = logging.getLogger(__name__)

TOLD = frozenset({
    "audit", "catalog_rebuild", "changepassword", "createsuperuser", "dbshell", "flush", "import_products",
    "rebuild_stock", "relocate", "seed", "shell",
})
"""Commands that change things, or may, and do not tell of it themselves."""
LOOKING = {"audit": "--repair"}
"""They change nothing without this."""
LONGEST = 300


def shell_operator() -> str:
    """Such as `command line: ada`; of somebody who became root, who they were before."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        name = f"user {os.getuid()}"
    before = os.environ.get("SUDO_USER", "")
    return f"command line: {name}" + (f" ({before})" if before and before != name else "")


@contextmanager
def told(argv: Sequence[str]) -> Iterator[None]:
    """Around `manage.py`: a row of home's log for a command that changes things, whether it ended well or not."""
    words = [*argv[1:]]
    name = words[0] if words else ""
    if name not in TOLD or (name in LOOKING and LOOKING[name] not in words) or {"-h", "--help"} & set(words):
        yield
        return
    try:
        yield
    except BaseException as error:
        is_well = isinstance(error, SystemExit) and not error.code
        why = "" if is_well else f"{type(error).__name__}: {error}"
        _tell(words, outcome="done" if is_well else "failed", detail=why)
        raise
    _tell(words, outcome="done")


def _tell(words: Sequence[str], *, outcome: str, detail: str = "") -> None:
    if not apps.ready or "home" not in apps.app_configs:  # it never came to anything
        return
    try:
        log.write(log.HOME, Deed(
            operator=shell_operator(), operator_name="", action=f"manage.py {words[0]}", command="", outcome=outcome,
            detail=" | ".join(filter(None, (_typed(words), detail[:LONGEST]))), object_type="command",
            object_id=words[0], object_name="", changes=[],
        ))
    except DatabaseError as error:  # before the first migration, or without a database
        _log.warning("A command could not be logged.", extra={"command": words[0], "cause": str(error)})


def _typed(words: Sequence[str]) -> str:
    """The words, without what may be secret: addresses with passwords, and code."""
    shown = [word if word.startswith("-") or not {"shell", "dbshell"} & {words[0]} else "..." for word in words[1:]]
    return " ".join("..." if "://" in word else word for word in [words[0], *shown])[:LONGEST]
