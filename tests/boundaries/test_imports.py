"""Net 1: import-linter's contracts."""

import pytest

from tests.boundaries.conftest import Tree

RUN = "from importlinter.cli import lint_imports_command; lint_imports_command()"
LINT = ("-c", RUN, "--config", "importlinter.ini")

FLOORS = "Imports point down: config, modules, storefront"
ONLY_FACES = "Modules see of each other only interface and events"
ACYCLIC = "Modules form no cycle, their faces included"
PLAIN = "Faces are plain Python"
LEAVES = "Inventory, payments and shipping depend on no module"

PLANTED = [
    ("storefront/clock.py", "import modules.cart.interface", FLOORS),
    ("storefront/clock.py", "import config.settings", FLOORS),
    ("modules/cart/models.py", "import config.settings", FLOORS),
    ("modules/cart/models.py", "import modules.inventory.models", ONLY_FACES),
    ("modules/cart/models.py", "def late() -> None:\n    import modules.catalog.models", ONLY_FACES),
    (
        "modules/cart/models.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import modules.catalog.models",
        ONLY_FACES,
    ),
    ("modules/catalog/events.py", "import modules.cart.events", ACYCLIC),
    ("modules/shipping/interface.py", "from django.db import models", PLAIN),
    ("modules/shipping/events.py", "import rest_framework", PLAIN),
    ("modules/payments/apps.py", "import modules.inventory.events", LEAVES),
    ("modules/catalog/apps.py", "import modules.shipping.events", "Catalog depends on inventory only"),
    ("modules/cart/apps.py", "import modules.payments.interface", "Cart depends on catalog and inventory only"),
]


class TestImports:
    def test_are_clean_as_committed(self, tree: Tree) -> None:
        result = tree.run(*LINT)

        assert result.returncode == 0, result.stdout

    @pytest.mark.parametrize(("path", "text", "contract"), PLANTED)
    def test_a_planted_violation_is_caught(self, tree: Tree, path: str, text: str, contract: str) -> None:
        tree.plant(path, text)

        result = tree.run(*LINT)

        assert result.returncode == 1, result.stdout
        assert f"{contract} BROKEN" in result.stdout

    def test_a_module_added_tomorrow_shows_only_its_face(self, tree: Tree) -> None:
        tree.add_module("promotion")
        tree.plant("modules/promotion/models.py", '"""Coupons."""')
        tree.plant("modules/checkout/apps.py", "import modules.promotion.models")

        result = tree.run(*LINT)

        assert f"{ONLY_FACES} BROKEN" in result.stdout

    def test_a_module_added_tomorrow_may_not_close_a_cycle(self, tree: Tree) -> None:
        tree.add_module("promotion")
        tree.plant("modules/promotion/interface.py", "import modules.promotion.prices")
        tree.plant("modules/promotion/prices.py", "import modules.membership.interface")
        tree.add_module("membership")
        tree.plant("modules/membership/interface.py", "import modules.promotion.interface")

        result = tree.run(*LINT)

        assert f"{ACYCLIC} BROKEN" in result.stdout

    def test_a_module_added_tomorrow_has_a_plain_face(self, tree: Tree) -> None:
        tree.add_module("promotion")
        tree.plant("modules/promotion/events.py", "import django")

        result = tree.run(*LINT)

        assert f"{PLAIN} BROKEN" in result.stdout
