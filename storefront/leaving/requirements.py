"""The pins that a project of one module still needs. What is not surely unneeded stays."""

import re
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from storefront.boundaries.source import Source

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def imported_packages(root: Path, paths: Iterable[Path]) -> set[str]:
    """The top-level packages that these Python files below `root` import."""
    return {name[0] for path in paths for _, name in Source(path, root=root).imports()}


def without(text: str, packages: set[str]) -> str:
    """A requirements file less the distributions of these import packages, and less what only they needed.

    The last part of the file, after an empty line, is what the other parts need.
    """
    direct, _, further = text.rpartition("\n\n")
    distributions = packages_distributions()
    unneeded = {_normal(name) for package in packages for name in distributions.get(package, ())}
    needed = _closure({_name_of(line) for line in direct.splitlines()} - unneeded, _needs) | {""}
    kept = [line for line in direct.splitlines() if _name_of(line) in needed]
    perhaps = _closure({_name_of(line) for line in kept}, _may_need)
    also = [line for line in further.splitlines() if _name_of(line) in perhaps]
    return "\n".join([*kept, "", *also]) + "\n"


def locked(lock: str, pins: str) -> str:
    """What these pins name of a lock, each with all its hashes, and the words at the lock's head."""
    kept = {_name_of(line) for line in pins.splitlines()}
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return "".join(entry for entry in entries if _name_of(entry) in kept | {""})


def _closure(names: set[str], asked_for: Callable[[str], list[str]]) -> set[str]:
    """These distributions and all that they ask for; the name of any other line is empty."""
    found: set[str] = set()
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += [_name_of(line) for line in asked_for(name)]
    return found


def _may_need(name: str) -> list[str]:
    """What a distribution asks for, the extras included: nobody remembers which were chosen."""
    try:
        return (requires(name) or []) if name else []
    except PackageNotFoundError:  # an extra that nobody chose
        return []


def _needs(name: str) -> list[str]:
    return [line for line in _may_need(name) if "extra ==" not in line]


def _name_of(line: str) -> str:
    found = _NAME.match(line)
    return _normal(found[0]) if found else ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
