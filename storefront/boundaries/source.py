"""A source file as the borders see it: whose it is, what it imports, where."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

FACES = frozenset({"interface", "events"})


class Violation(NamedTuple):
    """A border crossed: the rule's id, where, and what to do."""

    rule: str
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule} {self.message}"


class Source:
    """One parsed file. `module` is empty outside of `modules/`."""

    def __init__(self, path: Path, *, root: Path) -> None:
        relative = path.relative_to(root)
        self.path = relative.as_posix()
        self.tree = ast.parse(path.read_text(encoding="utf-8"), filename=self.path)
        self.parts = relative.with_suffix("").parts
        self.module = self.parts[1] if self.parts[0] == "modules" and len(self.parts) > 2 else ""
        self.is_face = bool(self.module) and len(self.parts) == 3 and self.parts[2] in FACES
        self.constants = dict(_constants(self.tree))
        self.constants_of_module: Mapping[str, str] = {}

    def violation(self, rule: str, node: ast.AST, message: str) -> Violation:
        return Violation(rule, self.path, getattr(node, "lineno", 1), message)

    def imports(self) -> Iterator[tuple[ast.stmt, tuple[str, ...]]]:
        """Every imported name, dotted path as parts, wherever the statement stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node, tuple(alias.name.split("."))
            elif isinstance(node, ast.ImportFrom):
                package = self._package(node)
                for alias in node.names:
                    yield node, (*package, alias.name)

    def text(self, node: ast.expr | None) -> str | None:
        """The string that an expression is, or begins with: written out, or a constant of the file or its module."""
        if isinstance(node, ast.JoinedStr):
            return self.text(node.values[0])
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        name = last_name(node) if node else ""
        return self.constants.get(name) or self.constants_of_module.get(name)

    def _package(self, node: ast.ImportFrom) -> tuple[str, ...]:
        named = tuple(node.module.split(".")) if node.module else ()
        return (*self.parts[: len(self.parts) - node.level], *named) if node.level else named


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name) and isinstance(value.value, str):
                    yield target.id, value.value


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c` or of `c`; empty for any other expression."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def sources(root: Path, *folders: str) -> list[Source]:
    """The Python files of `folders` below `root`, each knowing the constants that its module agrees on."""
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*.py"))]
    parsed = [Source(path, root=root) for path in paths]
    values: dict[str, dict[str, set[str]]] = {}
    for source in parsed:
        for name, value in source.constants.items():
            values.setdefault(source.module, {}).setdefault(name, set()).add(value)
    for source in parsed:
        known = values.get(source.module, {})
        source.constants_of_module = {name: min(found) for name, found in known.items() if len(found) == 1}
    return parsed
