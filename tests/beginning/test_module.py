"""A module that `startmodule` wrote passes every border and every check before anybody has edited it."""

import tomllib

import pytest

from storefront.topology.plan import load
from tests.boundaries.conftest import ROOT, Tree
from tests.boundaries.test_imports import LINT

CHECKS = {
    "its own tests": ("-m", "pytest", "modules/loyalty", "-q", "-p", "no:cacheprovider"),
    "its own tests, every call through the codec": (
        "-m", "pytest", "modules/loyalty", "-q", "-p", "no:cacheprovider", "--topology=loopback",
    ),
    "imports": (*LINT, "--no-cache"),
    "idioms": ("-m", "storefront.boundaries"),
    "models": ("manage.py", "check"),
    "migrations": ("manage.py", "makemigrations", "--check", "--dry-run"),
    "wiring": ("manage.py", "topology", "wiring", "--check"),
    "the API's document": ("manage.py", "spectacular", "--api-version", "v1", "--validate", "--fail-on-warn"),
    "style": ("-m", "ruff", "check", "--no-cache", "modules/loyalty"),
}


@pytest.mark.rival("saleor#9278", "saleor#12368", "saleor#4234")
class TestAModuleThatBegan:
    @pytest.mark.parametrize("command", CHECKS.values(), ids=CHECKS)
    def test_passes(self, begun: Tree, command: tuple[str, ...]) -> None:
        result = begun.run(*command)

        assert result.returncode == 0, result.stdout + result.stderr

    def test_passes_its_own_tests_without_the_others(self, begun: Tree) -> None:
        result = begun.run(*CHECKS["its own tests"], modules=["loyalty"])

        assert result.returncode == 0, result.stdout + result.stderr

    def test_is_in_every_topology_and_alone_where_all_are(self, begun: Tree) -> None:
        directory = begun.root / "config" / "topologies"
        for path in sorted(directory.glob("*.toml")):
            before, after = load(path.stem, ROOT / "config" / "topologies"), load(path.stem, directory)
            assert after.modules == tuple(sorted([*before.modules, "loyalty"]))
            assert after.home.name == before.home.name

        split = load("all-split", directory)
        assert all(len(process.modules) == 1 for process in split.processes)
        assert len({process.url for process in split.processes}) == len(split.processes)

    def test_is_heard_by_whom_its_handlers_say(self, begun: Tree) -> None:
        wiring = tomllib.loads((begun.root / "config" / "wiring.toml").read_text())

        assert wiring["events"]["loyalty.entry_recorded"] == ["loyalty"]

    def test_leaves_for_a_project_of_its_own(self, begun: Tree) -> None:
        target = begun.root.parent / f"{begun.root.name}-loyalty"

        left = begun.run("manage.py", "extract", "loyalty", str(target))
        alone = begun.run(*CHECKS["its own tests"], at=target)

        assert left.returncode == 0, left.stderr
        assert alone.returncode == 0, alone.stdout + alone.stderr

    def test_has_a_readme_that_asks_to_be_filled_in(self, begun: Tree) -> None:
        readme = (begun.root / "modules" / "loyalty" / "README.md").read_text()

        assert all(word in readme for word in ("**Owns**", "**Promises**", "**Announces**", "**Never**", "- [ ]"))
        assert len(readme.splitlines()) <= 30
