"""Names that a module may have: they become a package, an app, a database alias, a schema and a path."""

import re
from collections.abc import Collection
from importlib.util import find_spec
from keyword import iskeyword, issoftkeyword

from django.apps import apps

_WORD = re.compile(r"[a-z]{2,30}")
_RESERVED_IN_SQL = """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default
    deferrable desc distinct do else end except false fetch for foreign from grant group having in initially intersect
    into lateral leading limit localtime localtimestamp not null offset on only or order placing primary public
    references returning select some symmetric table then to trailing true union unique user using variadic when where
    window with
"""


class BadName(ValueError):
    """No module can be called that; the message says why."""


def checked(name: str, *, taken: Collection[str]) -> str:
    """The name, if a module can be called that. taken: the modules that there are.

    :raises BadName: it is no single lower-case word, or means something else already
    """
    if not _WORD.fullmatch(name):
        raise BadName(f"{name!r} is no name for a module: one word of 2 to 30 letters a to z, such as loyalty.")
    if name in taken:
        raise BadName(f"There is a module {name} already.")
    if iskeyword(name) or issoftkeyword(name):
        raise BadName(f"{name} is a word of Python's.")
    if name in _RESERVED_IN_SQL.split() or name.startswith("pg"):
        raise BadName(f"{name} is a word of SQL's, so no schema can be called that.")
    if apps.is_installed(name) or name in {config.label for config in apps.get_app_configs()}:
        raise BadName(f"{name} is the label of another app.")
    if find_spec(name):
        raise BadName(f"{name} is a Python package here, and would be mistaken for it.")
    return name
