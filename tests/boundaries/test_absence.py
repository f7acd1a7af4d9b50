"""Net 4: a module's own tests pass where the other modules are cut down to their faces."""

import pytest

from tests.boundaries.conftest import ROOT, Tree

MODULES = sorted(path.parent.name for path in (ROOT / "modules").glob("*/apps.py"))


class TestAModuleAlone:
    @pytest.mark.parametrize("module", MODULES)
    def test_passes_its_own_tests(self, tree: Tree, module: str, pytestconfig: pytest.Config) -> None:
        topology = f"--topology={pytestconfig.getoption('--topology')}"
        tree.keep_only(module)

        result = tree.run(
            "-m", "pytest", f"modules/{module}", topology, "-q", "-p", "no:cacheprovider", modules=[module]
        )

        assert result.returncode == 0, result.stdout + result.stderr

    def test_is_seen_to_fail_when_it_needs_another(self, tree: Tree) -> None:
        reaching_out = "def test_planted() -> None:\n    import modules.inventory.models"
        tree.plant("modules/cart/tests/test_planted.py", reaching_out)
        tree.keep_only("cart")

        result = tree.run(
            "-m", "pytest", "modules/cart/tests/test_planted.py", "-q", "-p", "no:cacheprovider", modules=["cart"]
        )

        assert result.returncode == 1
        assert "No module named 'modules.inventory.models'" in result.stdout
