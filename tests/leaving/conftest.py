"""Modules that have left for projects of their own, and what is run in those."""

import os
import subprocess
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.parent.name for path in (ROOT / "modules").glob("*/apps.py"))


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment less what chooses settings, databases and topologies."""
    chosen = ("PYTEST", "DJANGO", "COV_", "STOREFRONT_", "DATABASE_", "DATA_DIR", "PYTHONPATH", "VIRTUAL_ENV")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(chosen)}
    return {name: text for name, text in kept.items() if not name.endswith("DATABASE_URL")} | more


class Project:
    """A module that has left, in a folder of its own."""

    def __init__(self, module: str, folder: Path) -> None:
        self.module = module
        self.folder = folder
        said = StringIO()
        call_command("extract", module, str(folder), stdout=said)
        self.said = said.getvalue()

    def python(self, *command: str, timeout: float = 300, **environment: str) -> "subprocess.CompletedProcess[str]":
        """`python COMMAND` there, with the packages of this run."""
        return self.run(sys.executable, *command, timeout=timeout, environment=environment)

    def run(
        self, *command: str, timeout: float, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """A command there, in an environment that says nothing of this project."""
        return subprocess.run(
            command, cwd=self.folder, env=clean_environment(PYTHONDONTWRITEBYTECODE="1") | dict(environment or {}),
            capture_output=True, text=True, timeout=timeout, check=False,
        )


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """Payments, or the module that the test is parametrized with."""
    return Project(getattr(request, "param", "payments"), tmp_path / "service")


each_module = pytest.mark.parametrize("project", MODULES, indirect=True)
