"""What only the source of a module says: what it is for, what it reads from its surroundings, whom its code calls."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

from storefront.interface import Interface, Operation


class Knob(NamedTuple):
    """A setting or an environment variable that a module reads."""

    name: str
    is_environment: bool
    files: tuple[str, ...]


def first_line(documented: Any) -> str:
    """The first sentence of a docstring, or nothing."""
    return inspect.cleandoc(vars(documented).get("__doc__") or getattr(documented, "__doc__", "") or "").split("\n")[0]


def section(readme: str, title: str) -> str:
    """What a module's README says under `**Title**`; nothing if it has no such part."""
    found = re.search(rf"^\*\*{title}\*\*(.*?)(?=^\*\*[A-Z]|\Z)", readme, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^ ?\(`[^`]*`\)", "", found.group(1)) if found else ""
    return re.split(r"\n\n(?![-*])", text)[0].rstrip()


def signature(operation: Operation) -> str:
    """The operation as its face writes it, on one line."""
    function = ast.parse(textwrap.dedent(inspect.getsource(operation.function))).body[0]
    assert isinstance(function, ast.FunctionDef)
    asked = ", ".join(_argument(argument, default) for argument, default in zip(
        function.args.kwonlyargs, function.args.kw_defaults, strict=True))
    answer = ast.unparse(function.returns) if function.returns else "None"
    return f"{operation.name}({asked}) -> {answer}".replace("'", '"')


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    annotation = ast.unparse(argument.annotation) if argument.annotation else ""
    return f"{argument.arg}: {annotation}" + (f" = {ast.unparse(default)}" if default else "")


def called_by(function: Callable[..., Any]) -> list[str]:
    """The operations of faces that a function calls, itself or through functions of its own package, in order."""
    return list(dict.fromkeys(_called_by(function, set())))


def _called_by(function: Any, seen: set[Any]) -> Iterator[str]:
    if not isinstance(function, FunctionType) or function in seen:
        return
    seen.add(function)
    home = ".".join(function.__module__.split(".")[:2])
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if not isinstance(node, ast.Call):
            continue
        called, owner = _resolved(node.func, function.__globals__)
        if isinstance(owner, Interface):
            yield f"{owner.module}.{called.__name__}"
        elif getattr(called, "__module__", "").startswith(home):
            yield from _called_by(called, seen)


def _resolved(node: ast.expr, names: dict[str, Any]) -> tuple[Any, Any]:
    """What a called expression stands for, and what it is an attribute of."""
    if isinstance(node, ast.Name):
        return names.get(node.id), None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = names.get(node.value.id)
        return getattr(owner, node.attr, None), owner
    return None, None


@cache
def knobs(folder: Path) -> tuple[Knob, ...]:
    """The settings and environment variables that the code in a folder reads, by name; tests left out."""
    trees = {path: ast.parse(path.read_text()) for path in sorted(folder.rglob("*.py")) if _is_code(path, folder)}
    constants = {name: value for tree in trees.values() for name, value in _constants(tree)}
    found: dict[tuple[str, bool], list[str]] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            for name, is_environment in _read(node, constants):
                found.setdefault((name, is_environment), []).append(str(path.relative_to(folder)))
    return tuple(Knob(*key, tuple(dict.fromkeys(files))) for key, files in sorted(found.items()))


def _is_code(path: Path, folder: Path) -> bool:
    return not {"tests", "migrations"} & set(path.relative_to(folder).parts)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and type(node.value.value) is str:
            yield from ((target.id, node.value.value) for target in node.targets if isinstance(target, ast.Name))


def _read(node: ast.AST, constants: dict[str, str]) -> Iterator[tuple[str, bool]]:
    """The names that an expression reads from Django's settings (False) or the environment (True)."""
    if isinstance(node, ast.Attribute) and _is(node.value, "settings") and node.attr.isupper():
        yield node.attr, False
    elif isinstance(node, ast.Subscript) and _is(node.value, "os.environ"):
        yield _text(node.slice, constants), True
    elif isinstance(node, ast.Call) and len(node.args) > 1 and _is(node.func, "getattr") and _is(
        node.args[0], "settings"
    ):
        yield _text(node.args[1], constants), False
    elif isinstance(node, ast.Call) and node.args and _is(node.func, "os.environ.get"):
        yield _text(node.args[0], constants), True


def _is(node: ast.expr, said: str) -> bool:
    return ast.unparse(node) == said


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return constants.get(ast.unparse(node), ast.unparse(node))
