"""Net 3: what the source says and imports do not."""

from pathlib import Path

import pytest

from storefront.boundaries.idioms import violations
from tests.boundaries.conftest import ROOT

PLANTED = [
    ("B001", "from modules import inventory"),
    ("B001", "from modules.inventory import models"),
    ("B001", "from ..inventory import models"),
    ("B001", "def late() -> None:\n    from modules.inventory.models import Level"),
    ("B001", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from modules.inventory.models import Level"),
    ("B003", "from django.apps import apps\nLevel = apps.get_model('inventory', 'Level')"),
    ("B003", "from django.apps import apps\nLevel = apps.get_model('inventory.Level')"),
    ("B003", "from django.apps import apps\ndef model(name: str) -> object:\n    return apps.get_model(name)"),
    ("B003", "from django.apps import apps\nLevel = apps.get_app_config('inventory').get_model('Level')"),
    ("B003", "from django.apps import apps\nLevel = apps.all_models['inventory']['level']"),
    ("B004", "from django.db import transaction\nwith transaction.atomic():\n    pass"),
    ("B004", "from django.db.transaction import atomic\n@atomic\ndef save() -> None: ..."),
    ("B004", "from django.db import transaction\ntransaction.on_commit(print)"),
    ("B005", "from importlib import import_module\nimport_module('modules.inventory.models')"),
    ("B005", "__import__('modules.inventory.models')"),
    ("B005", "from importlib import import_module\nname = 'inventory'\nimport_module(f'modules.{name}.models')"),
    ("B006", "from django.db import connections\nconnections['inventory'].cursor()"),
    ("B006", "from django.db import connections\nALIAS = 'inventory'\nconnections[ALIAS].cursor()"),
    ("B006", "from django.db import connections\ndef any_of(alias: str) -> object:\n    return connections[alias]"),
    ("B006", "from django.db import connection\nconnection.cursor()"),
    ("B006", "from modules.cart.models import Cart\nCart.objects.using('default').count()"),
    ("B006", "from django.db import transaction\nwith transaction.atomic(using='default'):\n    pass"),
    ("B007", "SQL = 'SELECT * FROM inventory_level'"),
    ("B007", "SQL = 'UPDATE inventory.inventory_level SET on_hand = 0'"),
]
ALLOWED = [
    "from modules.inventory.interface import Inventory",
    "from modules.inventory import events",
    "from modules.cart import models",
    "from django.apps import apps\nCart = apps.get_model('cart', 'Cart')",
    "from django.apps import apps\ndef model(name: str) -> object:\n    return apps.get_model(f'cart.{name}')",
    "from django.db import transaction\nwith transaction.atomic(using='cart'):\n    pass",
    "from django.db import connections\nconnections['cart'].cursor()",
    "SQL = 'SELECT * FROM cart_cart'",
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two modules with nothing in them."""
    for module in ("cart", "inventory"):
        (tmp_path / "modules" / module).mkdir(parents=True)
        (tmp_path / "modules" / module / "__init__.py").touch()
    return tmp_path


class TestIdioms:
    def test_are_clean_as_committed(self) -> None:
        assert [str(violation) for violation in violations(ROOT)] == []

    @pytest.mark.parametrize(("rule", "text"), PLANTED)
    def test_a_planted_violation_is_caught(self, small: Path, rule: str, text: str) -> None:
        (small / "modules/cart/services.py").write_text(text)

        found = violations(small)

        assert rule in {violation.rule for violation in found}

    @pytest.mark.parametrize("text", ["import django", "from modules.cart.models import Cart"])
    def test_a_face_that_is_not_plain_is_caught(self, small: Path, text: str) -> None:
        (small / "modules/cart/interface.py").write_text(text)

        assert [violation.rule for violation in violations(small)] == ["B002"]

    @pytest.mark.parametrize("text", ALLOWED)
    def test_a_module_is_free_in_its_own_house(self, small: Path, text: str) -> None:
        (small / "modules/cart/services.py").write_text(text)

        assert violations(small) == []

    def test_a_violation_says_where_and_what_to_do(self, small: Path) -> None:
        (small / "modules/cart/services.py").write_text("\nfrom modules.inventory import models\n")

        said = str(violations(small)[0])

        assert said == (
            "modules/cart/services.py:2: B001 imports modules.inventory.models; only interface and events are visible."
        )
