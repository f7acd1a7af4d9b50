"""A copy of the tree in which a module has begun today."""

import shutil

import pytest

from tests.boundaries.conftest import ROOT, Tree


def fresh_tree(factory: pytest.TempPathFactory) -> Tree:
    """A copy from which modules can also leave."""
    tree = Tree(factory.mktemp("tree"))
    for name in ("requirements.txt", "requirements-dev.txt", ".gitignore"):
        shutil.copy(ROOT / name, tree.root / name)
    return tree


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """With the module loyalty, as `startmodule` wrote it. Nobody changes this copy."""
    tree = fresh_tree(tmp_path_factory)
    result = tree.run("manage.py", "startmodule", "loyalty")
    assert result.returncode == 0, result.stdout + result.stderr
    return tree
