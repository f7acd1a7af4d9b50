"""docs/guarantees.md: prose by hand, and three tables made of what the tests say of themselves."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.guarantees.cells import FAULTS, ROOT, Cell, cells, dependencies
from tests.guarantees.evidence import Test, by_cell, by_number, by_rival

PAGE = ROOT / "docs" / "guarantees.md"
OWN = Path(__file__).parent
SHOWN = 3
"""Tests named in a field; more are counted."""


def promises() -> dict[str, dict[str, str]]:
    """Number -> its text, and what no test shows."""
    read = tomllib.loads((OWN / "promises.toml").read_text())
    every = {number: told for part in read.values() for number, told in part.items()}
    return {number: told if isinstance(told, dict) else {"text": told} for number, told in every.items()}


def bugs() -> list[dict[str, Any]]:
    """The cited bugs of other shops."""
    rows: list[dict[str, Any]] = tomllib.loads((OWN / "rivals.toml").read_text())["bug"]
    return rows


def tests_of(bug: Mapping[str, Any], shown: Mapping[str, list[str]]) -> list[str]:
    """The tests that make the circumstances of any of its threads."""
    return sorted({name for thread in bug["threads"] for name in shown.get(thread.lower(), [])})


def blocks(found: Iterable[Test]) -> dict[str, str]:
    """The generated parts, by name."""
    every = list(found)
    return {"numbers": _numbers(every), "matrix": _matrix(every), "rivals": _rivals(every)}


def _numbers(found: list[Test]) -> str:
    shown = by_number(found)
    lines = ["| | Promise | Shown by |", "| --- | --- | --- |"]
    for number, told in promises().items():
        names = _named(shown.get(number, []))
        lines.append(f"| {number} | {told['text']} | {'; '.join(filter(None, (names, told.get('beyond', ''))))} |")
    return "\n".join(lines)


def _matrix(found: list[Test]) -> str:
    shown = by_cell(found)
    lines = [f"| Module | Leans on | {' | '.join(FAULTS)} |", "| --- | --- | " + " | ".join(["---"] * 3) + " |"]
    for module, dependency in dependencies():
        fields = [_named(shown.get(Cell(module, dependency, fault), []), at_most=1) for fault in FAULTS]
        lines.append(f"| {module} | {dependency} | {' | '.join(fields)} |")
    return "\n".join(lines)


def _rivals(found: list[Test]) -> str:
    shown = by_rival(found)
    lines = ["| Thread | What happens there | What happens here | Shown by |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {', '.join(bug['threads'])} | {bug['what']} | {bug['ours']} | {_named(tests_of(bug, shown))} |"
        for bug in bugs() if "ours" in bug
    ]
    lines += ["", "Cited as well, and missing here too or out of scope:", ""]
    lines += [f"- {', '.join(bug['threads'])}: {bug['what']} {bug['absent']}" for bug in bugs() if "absent" in bug]
    return "\n".join(lines)


def _named(names: list[str], *, at_most: int = SHOWN) -> str:
    """The first of them as links; the rest as a count."""
    chosen = sorted(names)[:at_most]
    rest = f" and {len(names) - len(chosen)} more" if len(names) > len(chosen) else ""
    return ", ".join(_link(name) for name in chosen) + rest


def _link(name: str) -> str:
    path, _, inside = name.partition("::")
    words = inside.split("::")
    subject = words[0].removeprefix("Test") if len(words) > 1 else ""
    says = words[-1].removeprefix("test_").replace("_", " ")
    return f"[{f'{subject}: {says}' if subject else says}](../{path})"


def written(text: str, parts: Mapping[str, str]) -> str:
    """`text` with its generated blocks made anew."""
    for name, part in parts.items():
        begins, ends = f"<!-- {name}: generated -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begins)
        _, found, after = rest.partition(ends)
        assert found, f"{PAGE} has no block called {name}."
        text = f"{before}{begins}{part}\n{ends}{after}"
    return text


def gaps(found: Iterable[Test]) -> list[str]:
    """Numbers, cells and bugs that no test answers for; and names that nobody knows."""
    every = list(found)
    numbers, matrix, rivals = by_number(every), by_cell(every), by_rival(every)
    known = {thread for bug in bugs() for thread in bug["threads"]}
    return [
        *(f"{number} is proved by no test." for number, told in promises().items()
          if number not in numbers and "beyond" not in told),
        *(f"No test shows {cell.module} when {cell.dependency} is {cell.fault}." for cell in cells()
          if cell not in matrix),
        *(f"No test makes the circumstances of {bug['threads'][0]}." for bug in bugs()
          if "ours" in bug and not tests_of(bug, rivals)),
        *(f"{number} is no promise: {', '.join(names)}" for number, names in numbers.items()
          if number not in promises()),
        *(f"{cell} is no cell: {', '.join(names)}" for cell, names in matrix.items() if cell not in cells()),
        *(f"{thread} is not in rivals.toml: {', '.join(names)}" for thread, names in rivals.items()
          if thread not in known),
    ]
