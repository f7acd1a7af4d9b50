"""The releases that are kept, and whether the last one's sources can be had."""

import os
from pathlib import Path

import pytest

from storefront.contracts.release import Release, releases
from tests.compatibility.sources import missing

NEEDS_SOURCES = "TestTheLastReleaseBesideToday"
GOLDEN = Path(__file__).parent / "golden"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Once per release that is kept, or for the last one only."""
    kept = releases(GOLDEN)
    if "release" in metafunc.fixturenames:
        metafunc.parametrize("release", kept, ids=[each.name for each in kept])
    if "last_release" in metafunc.fixturenames:
        metafunc.parametrize("last_release", kept[-1:], ids=[each.name for each in kept[-1:]])


def lacking() -> str:
    """Why mixed runs with the last release are left out; nothing where `RELEASES=required` wants them."""
    kept = releases(GOLDEN)
    return missing(kept[-1]) if kept and os.environ.get("RELEASES") != "required" else ""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs sources that are not here."""
    left_out = [item for item in items if NEEDS_SOURCES in item.nodeid]
    if left_out and lacking():
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so."""
    if why := lacking():
        terminalreporter.write_line(f"Mixed runs with the last release are left out: {why}")


def todays(release: Release) -> list[str]:
    """The modules that the release and today both have."""
    from storefront.calls.provider import PROVIDERS

    return [module for module in release.modules if module in PROVIDERS]
