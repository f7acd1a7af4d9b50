"""Which test says that it shows what: read from the source of all tests, without importing one."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from tests.guarantees.cells import FAULTS, ROOT, Cell, calls, modules, through_the_broker

K = TypeVar("K")
KINDS = ("proves", "withstands", "rival")
PLACES = ("modules", "storefront", "tests")


class Mark(NamedTuple):
    """A marker of a test: its kind and its arguments."""

    kind: str
    arguments: tuple[str, ...]


class Test(NamedTuple):
    """A test with what it says of itself."""

    name: str
    """As pytest knows it: path, class, function."""
    marks: tuple[Mark, ...]


class UnreadableMark(ValueError):
    """A marker whose arguments are not plain words: nobody could tell what the test shows."""


def marked_tests(root: Path = ROOT) -> list[Test]:
    """All tests that carry a marker of ours, by name."""
    found = [test for place in PLACES for path in (root / place).rglob("test_*.py") for test in _in_file(path, root)]
    return sorted(test for test in found if test.marks)


def _in_file(path: Path, root: Path) -> Iterator[Test]:
    tree = ast.parse(path.read_text())
    file = str(path.relative_to(root))
    module_marks = [
        mark for node in tree.body if isinstance(node, ast.Assign) and _names(node) == ["pytestmark"]
        for mark in _marks([node.value], file)
    ]
    yield from _in_body(tree.body, file, module_marks, file)


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _in_body(body: Iterable[ast.stmt], name: str, inherited: list[Mark], file: str) -> Iterator[Test]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            own = inherited + _marks(node.decorator_list, file)
            own += [
                mark for line in node.body if isinstance(line, ast.Assign) and _names(line) == ["pytestmark"]
                for mark in _marks([line.value], file)
            ]
            yield from _in_body(node.body, f"{name}::{node.name}", own, file)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield Test(f"{name}::{node.name}", tuple(inherited + _marks(node.decorator_list, file)))


def _marks(expressions: Iterable[ast.expr], file: str) -> list[Mark]:
    """Also those that stand on single parameters."""
    return [
        Mark(call.func.attr, _words(call, file))
        for expression in expressions for call in ast.walk(expression)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in KINDS
        and isinstance(call.func.value, ast.Attribute) and call.func.value.attr == "mark"
    ]


def _words(call: ast.Call, file: str) -> tuple[str, ...]:
    if not all(isinstance(argument, ast.Constant) and isinstance(argument.value, str) for argument in call.args):
        raise UnreadableMark(f"{file}, line {call.lineno}: give the marker plain strings, so that they can be read.")
    return tuple(str(argument.value) for argument in call.args if isinstance(argument, ast.Constant))


def by_number(found: Iterable[Test]) -> Mapping[str, list[str]]:
    """R1, S1, I1 ... -> the tests that prove it."""
    return _grouped((word, test.name) for test in found for mark in test.marks if mark.kind == "proves"
                    for word in mark.arguments)


def by_rival(found: Iterable[Test]) -> Mapping[str, list[str]]:
    """A cited bug -> the tests that make its circumstances."""
    return _grouped((word.lower(), test.name) for test in found for mark in test.marks if mark.kind == "rival"
                    for word in mark.arguments)


def by_cell(found: Iterable[Test]) -> Mapping[Cell, list[str]]:
    """A cell of the matrix -> the tests that show what happens there."""
    return _grouped((cell, test.name) for test in found for mark in test.marks if mark.kind == "withstands"
                    for cell in _meant(*mark.arguments))


def _meant(module: str, dependency: str, fault: str) -> Iterator[Cell]:
    """A test that runs through all modules says so with `each`."""
    if fault not in FAULTS:
        raise UnreadableMark(f"{fault!r} is no fault of the matrix: {', '.join(FAULTS)}.")
    if (module, dependency) == ("each caller", "each callee"):
        yield from (Cell(caller, callee, fault) for caller, callee in calls())
    elif module in ("each module", "each hearer"):
        every = modules() if module == "each module" else through_the_broker()
        yield from (Cell(one, dependency, fault) for one in every)
    else:
        yield Cell(module, dependency, fault)


def _grouped(pairs: Iterable[tuple[K, str]]) -> Mapping[K, list[str]]:
    found: dict[K, list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return found
