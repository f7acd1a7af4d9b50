"""What a module takes along: the faces that it imports, and those files of `config/` that know no module."""

import ast
import re
from collections import deque
from pathlib import Path

from storefront.boundaries.source import FACES, Source

CONFIG_ROOTS = ("__init__", "settings", "apps", "wsgi", "asgi", "celery")
"""Where Django, servers and Celery enter `config/`; what these name, by import or as text, goes along."""
_DOTTED = re.compile(r"config(?:\.\w+)+")


class CannotLeave(Exception):
    """Something ties the module to what would stay behind; the message says what."""


def faces_for(modules: Path, module: str) -> set[str]:
    """The other modules whose face `module` needs: for its code, its tests, and for those faces themselves.

    :raises CannotLeave: if one of them is not there
    """
    needed: set[str] = set()
    waiting = deque([*(modules / module).rglob("*.py")])
    while waiting:
        for name in _modules_named_in(waiting.popleft(), modules.parent) - needed - {module}:
            if not (modules / name / "interface.py").exists():
                raise CannotLeave(f"{module} needs the face of {name}, which is not in this project.")
            needed.add(name)
            waiting.extend(modules / name / f"{face}.py" for face in sorted(FACES))
    return needed


def _modules_named_in(path: Path, root: Path) -> set[str]:
    if not path.exists():  # a face without events
        return set()
    return {name[1] for _, name in Source(path, root=root).imports() if name[0] == "modules" and len(name) > 1}


def config_files(root: Path) -> list[Path]:
    """The files of `config/` that any module needs to run, by path; seeds, demos and the shop's commands stay.

    :raises CannotLeave: if one of them imports a module
    """
    found: set[Path] = set()
    waiting = deque(path for name in CONFIG_ROOTS if (path := root / "config" / f"{name}.py").exists())
    while waiting:
        path = waiting.popleft()
        if path in found:
            continue
        found.add(path)
        waiting.extend(_named_in(Source(path, root=root), root))
    return sorted(found)


def _named_in(source: Source, root: Path) -> set[Path]:
    names: set[tuple[str, ...]] = set()
    for node, name in source.imports():
        if name[0] == "modules":
            raise CannotLeave(f"{source.path}:{node.lineno} imports {'.'.join(name)}; config leaves with every module.")
        names.add(name)
    for part in ast.walk(source.tree):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and _DOTTED.fullmatch(part.value):
            names.add(tuple(part.value.split(".")))
    return {path for name in names if name[0] == "config" for path in _files_of(name, root)}


def _files_of(name: tuple[str, ...], root: Path) -> set[Path]:
    """The files that an import of `name` runs, its packages included; its last part may be an attribute."""
    ends = [root.joinpath(*name[:count]) for count in range(1, len(name) + 1)]
    return {path for end in ends for path in (end.with_suffix(".py"), end / "__init__.py") if path.exists()}
