"""A copy of the tree to plant violations in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FACES = ("__init__.py", "interface.py", "events.py")
_SKIPPED = shutil.ignore_patterns("__pycache__", "images", "*.csv", "node_modules")


class Tree:
    """The repository's code, copied: plant in it, cut it down, run things in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("config", "modules", "storefront"):
            shutil.copytree(ROOT / folder, root / folder, ignore=_SKIPPED)
        for file in ("manage.py", "conftest.py", "pyproject.toml", "importlinter.ini"):
            shutil.copy(ROOT / file, root / file)

    def plant(self, path: str, text: str) -> None:
        """Write `text` at the end of the file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")

    def add_module(self, name: str) -> None:
        """A module nobody has heard of yet: as the README tells to begin one."""
        package = self.root / "modules" / name
        package.mkdir()
        for file in FACES:
            (package / file).write_text(f'"""The module {name}."""\n')

    def keep_only(self, module: str) -> None:
        """Cut every other module down to its face."""
        for package in (self.root / "modules").iterdir():
            if package.is_dir() and package.name != module:
                for path in package.iterdir():
                    if path.is_dir():
                        shutil.rmtree(path)
                    elif path.name not in FACES:
                        path.unlink()

    def run(
        self, *command: str, modules: Sequence[str] = (), at: Path | None = None, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run `python COMMAND` in the tree, or in the folder `at`, with embedded databases of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO", "COV_"))}
        kept = {name: value for name, value in kept.items() if not name.endswith("DATABASE_URL")}
        environment = kept | {"DATA_DIR": str(self.root / "var"), "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
        if modules:
            environment |= {"STOREFRONT_TOPOLOGY": str(self._topology(modules)), "STOREFRONT_PROCESS": "here"}
        return subprocess.run(
            [sys.executable, *command],
            cwd=at or self.root, env=environment, capture_output=True, text=True, timeout=timeout, check=False,
        )

    def _topology(self, modules: Sequence[str]) -> Path:
        """These modules in one process, the others in another."""
        path = self.root / "planted.toml"
        others = sorted({package.name for package in (self.root / "modules").iterdir()} - set(modules))
        path.write_text(
            f'[processes.here]\nmodules = {list(modules)}\nurl = "http://127.0.0.1:1"\n'
            f'[processes.there]\nmodules = {others}\nurl = "http://127.0.0.1:2"\n'
        )
        return path


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A fresh copy."""
    return Tree(tmp_path)
