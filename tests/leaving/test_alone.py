"""A module that has left passes what it passed inside, with nothing of this project near it.

With STOREFRONT_CLEAN_VENV=1 each project makes its own virtual environment and runs its whole `.ci/run` there: that
takes minutes for each, and packages are downloaded.
"""

import os
import sys

import pytest

from tests.leaving.conftest import Project, each_module

IS_CLEAN = bool(os.environ.get("STOREFRONT_CLEAN_VENV"))
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
HERE = {
    "tests": (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
    "imports": (sys.executable, "-c", LINT, "--config", "importlinter.ini", "--no-cache"),
    "idioms": (sys.executable, "-m", "storefront.boundaries"),
    "models": (sys.executable, "manage.py", "check"),
    "migrations": (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"),
}
COMMANDS = {"everything": ("bash", ".ci/run")} if IS_CLEAN else HERE


class TestAProject:
    @each_module
    def test_passes_its_own_tests_and_borders(self, project: Project) -> None:
        failed = {}

        for name, command in COMMANDS.items():
            result = project.run(*command, timeout=1800 if IS_CLEAN else 300)
            if result.returncode:
                failed[name] = (result.stdout + result.stderr)[-5000:]

        assert not failed, "\n\n".join(f"{name}:\n{said}" for name, said in failed.items())

    @pytest.mark.parametrize("project", ["checkout"], indirect=True)
    def test_is_seen_to_fail_when_it_needs_the_inside_of_another(self, project: Project) -> None:
        planted = project.folder / "modules" / "checkout" / "tests" / "test_planted.py"
        planted.write_text("def test_planted() -> None:\n    import modules.inventory.models\n")

        tests = project.run(*HERE["tests"], str(planted.relative_to(project.folder)), timeout=60)
        idioms = project.run(*HERE["idioms"], timeout=60)

        assert (tests.returncode, idioms.returncode) == (1, 1)
        assert "No module named 'modules.inventory.models'" in tests.stdout
        assert "B001 imports modules.inventory.models" in idioms.stdout
