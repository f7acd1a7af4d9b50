"""`manage.py extract`: what goes along is what was there, and nothing is asked of whoever runs it."""

import shutil
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from storefront.leaving.luggage import CannotLeave, config_files, faces_for
from storefront.leaving.project import FACE
from storefront.topology.plan import load
from tests.leaving.conftest import ROOT, Project, each_module
from tests.leaving.trees import differing_lines


def packages(project: Project, file: str = "requirements.txt") -> set[str]:
    """The distributions that a project pins."""
    lines = (project.folder / file).read_text().splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line}


class TestAModuleOutside:
    @each_module
    def test_is_the_module_inside_to_the_line(self, project: Project) -> None:
        differing = differing_lines(ROOT / "modules" / project.module, project.folder / "modules" / project.module)
        differing += differing_lines(ROOT / "storefront", project.folder / "storefront")
        for other in (project.folder / "modules").iterdir():
            if other.is_dir() and other.name != project.module:
                differing += differing_lines(ROOT / "modules" / other.name, other, only=FACE)

        assert differing == 0

    @each_module
    def test_sees_of_the_others_only_the_faces_that_it_imports(self, project: Project) -> None:
        others = {path for path in (project.folder / "modules").iterdir() if path.is_dir()}
        found = {path.name: {file.name for file in path.iterdir()} for path in others if path.name != project.module}

        needed = faces_for(ROOT / "modules", project.module)

        assert found == {face: set(FACE) for face in needed}

    @pytest.mark.parametrize("change", ["edit", "add", "remove"])
    def test_is_seen_to_differ_if_a_line_does(self, project: Project, change: str) -> None:
        services = project.folder / "modules" / "payments" / "services.py"
        text = services.read_text()
        match change:
            case "edit":
                services.write_text(text.replace("def authorize(", "def authorise(", 1))
            case "add":
                services.with_name("added.py").write_text("ADDED = 1\n")
            case "remove":
                services.with_name("apps.py").unlink()

        differing = differing_lines(ROOT / "modules" / "payments", project.folder / "modules" / "payments")

        removed = len((ROOT / "modules" / "payments" / "apps.py").read_text().splitlines())
        assert differing == (removed if change == "remove" else 1)


class TestAProject:
    def test_says_what_was_written(self, project: Project) -> None:
        assert "modules/payments/: the module with its tests, as it is" in project.said
        assert f"payments is a project of its own in {project.folder}" in project.said

    @each_module
    def test_knows_which_process_it_is(self, project: Project) -> None:
        lines = (project.folder / "config" / "process.env").read_text().splitlines()
        words = dict(line.split("=") for line in lines if "=" in line)
        topology = load(words["STOREFRONT_TOPOLOGY"], project.folder / "config" / "topologies")

        assert topology.process(words["STOREFRONT_PROCESS"]).modules == (project.module,)
        assert topology.modules == load("monolith", ROOT / "config" / "topologies").modules

    def test_serves_the_shops_own_topologies_that_give_it_a_process(self, project: Project) -> None:
        names = {path.stem for path in (project.folder / "config" / "topologies").iterdir()}

        assert {"all-split", "payments-out"} <= names
        for name in names:
            ours, theirs = ((root / "config/topologies" / f"{name}.toml") for root in (ROOT, project.folder))
            assert ours.read_text() == theirs.read_text()

    @pytest.mark.parametrize(("project", "has", "lacks"), [
        ("inventory", {"django", "msgspec"}, {"nh3"}),
        ("shipping", {"django", "reportlab", "pillow"}, {"nh3"}),
        ("catalog", {"nh3", "pillow"}, set()),
    ], indirect=["project"])
    def test_pins_what_it_needs(self, project: Project, has: set[str], lacks: set[str]) -> None:
        found = packages(project)

        assert has <= found
        assert not lacks & found
        assert found <= {line.partition("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines()}

    def test_pins_the_tools_of_its_makefile_and_not_those_of_other_tests(self, project: Project) -> None:
        tools = packages(project, "requirements-dev.txt")

        assert {"pytest", "pytest-django", "pytest-xdist", "ruff", "mypy", "django-stubs", "import-linter"} <= tools
        assert "kubernetes-validate" not in tools
        assert "-r requirements.txt" in (project.folder / "requirements-dev.txt").read_text()

    def test_tests_the_module(self, project: Project) -> None:
        tools = tomllib.loads((project.folder / "pyproject.toml").read_text())

        assert tools["project"]["name"] == "payments-service"
        assert tools["tool"]["pytest"]["ini_options"]["testpaths"] == ["modules"]
        assert tools["tool"]["mypy"]["packages"] == ["config", "modules", "storefront"]

    def test_tells_calls_facts_and_settings(self, project: Project) -> None:
        readme = (project.folder / "README.md").read_text()

        assert "| `authorize` (command) | 5 s | `payment_declined`" in readme
        assert "Called by checkout. It calls no other module." in readme
        assert "| `payments.payment_captured` | checkout, webhooks |" in readme
        assert "| `PAYMENTS_DATABASE_URL` |" in readme


class TestLeaving:
    def test_is_refused_into_a_folder_that_is_not_empty(self, tmp_path: Path) -> None:
        (tmp_path / "letter").write_text("mine")

        with pytest.raises(CommandError, match="is not an empty folder"):
            call_command("extract", "payments", str(tmp_path))

        assert [path.name for path in tmp_path.iterdir()] == ["letter"]

    def test_again_by_force_replaces_the_code_and_leaves_the_rest(self, project: Project) -> None:
        stray = project.folder / "modules" / "payments" / "stray.py"
        stray.write_text("")
        (project.folder / "letter").write_text("mine")

        call_command("extract", "payments", str(project.folder), "--force")

        assert not stray.exists()
        assert (project.folder / "letter").read_text() == "mine"

    @pytest.mark.parametrize("target", [".", "..", "modules/payments", "storefront/new"])
    def test_is_refused_into_the_project_itself(self, target: str) -> None:
        with pytest.raises(CommandError, match="where this project lives"):
            call_command("extract", "payments", str(ROOT / target), "--force")

    def test_is_refused_to_a_module_that_nobody_knows(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="no module 'gifts' to leave; there are cart, catalog"):
            call_command("extract", "gifts", str(tmp_path / "gifts"))

        assert not (tmp_path / "gifts").exists()

    def test_is_refused_where_config_names_a_module(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("images", "__pycache__"))
        with (tmp_path / "config" / "databases.py").open("a") as file:
            file.write("\nfrom modules.catalog.models import Product\n")

        with pytest.raises(CannotLeave, match=r"config/databases.py:\d+ imports modules.catalog.models.Product"):
            config_files(tmp_path)
