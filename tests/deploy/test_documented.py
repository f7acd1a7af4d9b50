"""The table of environment variables in docs/production.md, and the code that reads them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from storefront.topology.plan import load
from tests.deploy.compose import DEPLOY, read
from tests.deploy.pods import FOLDER

ROOT = DEPLOY.parent
DOCUMENT = ROOT / "docs" / "production.md"
FRAMEWORK = {"DJANGO_SETTINGS_MODULE"}


def documented() -> set[str]:
    """The variables of the table."""
    table = DOCUMENT.read_text().partition("## Environment variables")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| (?:\*\*)?`([A-Z<][\w<>]+)`", table, re.MULTILINE))


def sources() -> Iterator[Path]:
    """What runs in production."""
    for floor in ("config", "modules", "storefront"):
        for path in (ROOT / floor).rglob("*.py"):
            if not {"tests", "testing", "templates", "migrations"}.intersection(path.parts):
                yield path


def variables_read(source: Path) -> Iterator[str]:
    """The names that this file takes from the environment."""
    tree = ast.parse(source.read_text())
    constants = {
        target.id: node.value.value
        for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target]) if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if name := asked(node):
            yield str(constants.get(name.id, "")) if isinstance(name, ast.Name) else spelled(name)


def asked(node: ast.AST) -> ast.expr | None:
    """The name in `env.str(name)`, `os.environ.get(name)` and `os.environ[name]`."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        return node.slice
    if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Attribute):
        owner, method = ast.unparse(node.func.value), node.func.attr
        is_setting = owner == "env" and method in ("str", "bool", "int", "float", "list")
        if is_setting or (owner, method) == ("os.environ", "get"):
            return node.args[0]
    return None


def spelled(name: ast.expr) -> str:
    """As people write it: a part that varies is the module's name."""
    if isinstance(name, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "<MODULE>" for part in name.values)  # type: ignore[misc]
    return str(name.value) if isinstance(name, ast.Constant) else ""


class TestEnvironment:
    def test_the_table_names_all_that_is_read_and_nothing_else(self) -> None:
        found = {name for source in sources() for name in variables_read(source)} - FRAMEWORK - {""}

        assert found == documented()

    def test_a_variable_that_nobody_documented_is_found(self, tmp_path: Path) -> None:
        (tmp_path / "planted.py").write_text('NAME = "PLANTED"\nimport os\nos.environ.get(NAME)\nenv.bool("OTHER")\n')

        assert set(variables_read(tmp_path / "planted.py")) == {"PLANTED", "OTHER"}

    def test_the_guarantees_say_how_long_keys_are_remembered(self) -> None:
        guarantees = (ROOT / "docs" / "guarantees.md").read_text()
        default, = re.findall(r'^\| `STOREFRONT_CALLS_KEPT_DAYS` \| `(\d+)` \|', DOCUMENT.read_text(), re.MULTILINE)

        assert int(default) == settings.STOREFRONT_CALLS_KEPT_DAYS
        assert f"**Keys are remembered for {default} days**" in guarantees

    def test_every_way_to_deploy_uses_only_these(self) -> None:
        example = (DEPLOY / "compose.yaml").read_text()
        services = read(example, {})
        topology = load(str(DEPLOY / "compose" / "topology.toml"), DEPLOY)
        told = {name for process in topology.processes for name in services[process.name]["environment"]}
        lines = (FOLDER / "settings.env").read_text().splitlines()
        told |= {line.partition("=")[0] for line in lines if not line.startswith("#")}

        assert told <= documented()
