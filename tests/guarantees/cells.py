"""The cells of the resiliency matrix: every module, everything that it leans on, and three things that go wrong."""

import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ("down", "slow", "lying")
OUTSIDE = {"payments": "provider", "shipping": "carrier", "webhooks": "endpoint"}
"""Whom a module talks to outside the shop."""


class Cell(NamedTuple):
    """What a module leans on, and what is wrong with it."""

    module: str
    dependency: str
    fault: str


def calls(root: Path = ROOT) -> list[tuple[str, str]]:
    """(caller, callee) of all modules, as the wiring says."""
    return sorted((caller, callee) for caller, callees in _wiring(root)["calls"].items() for callee in callees)


def modules(root: Path = ROOT) -> list[str]:
    """Every module there is."""
    return sorted(path.parent.name for path in root.glob("modules/*/apps.py"))


def through_the_broker(root: Path = ROOT) -> list[str]:
    """Modules that owe facts to others, or hear them."""
    events: dict[str, list[str]] = _wiring(root)["events"]
    return sorted({name.partition(".")[0] for name in events} & set(modules(root)) | set().union(*events.values()))


def dependencies(root: Path = ROOT) -> list[tuple[str, str]]:
    """(module, what it leans on): other modules, its database, the broker, whoever is outside."""
    return sorted(
        {
            *calls(root), *((module, "database") for module in modules(root)),
            *((module, "broker") for module in through_the_broker(root)),
            *((module, outside) for module, outside in OUTSIDE.items() if module in modules(root)),
        }
    )


def cells(root: Path = ROOT) -> list[Cell]:
    """All of them; a module that is added tomorrow adds its own."""
    return [Cell(module, dependency, fault) for module, dependency in dependencies(root) for fault in FAULTS]


def _wiring(root: Path) -> dict[str, dict[str, list[str]]]:
    with (root / "config" / "wiring.toml").open("rb") as file:
        return tomllib.load(file)
