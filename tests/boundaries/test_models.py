"""Net 2: the system checks over every model."""

import pytest

from tests.boundaries.conftest import Tree

MODEL = """
class Planted(models.Model):
    {field}

    class Meta:
        app_label = "{label}"
        {meta}

    def __str__(self) -> str:
        return "planted"
"""
FIELD = "note = models.TextField()"

LEVEL, USER, ANY = "inventory.Level", "auth.User", "contenttypes.ContentType"

PLANTED = {
    "a relation by string": ("storefront.E001", f'stock = models.ForeignKey("{LEVEL}", models.CASCADE)', "cart", ""),
    "a relation to a user": ("storefront.E001", f'by = models.ForeignKey("{USER}", models.CASCADE)', "cart", ""),
    "a relation to any row": ("storefront.E001", f'of = models.ForeignKey("{ANY}", models.CASCADE)', "cart", ""),
    "many relations": ("storefront.E001", f'stock = models.ManyToManyField("{LEVEL}")', "cart", ""),
    "another module's label": ("storefront.E003", FIELD, "inventory", ""),
    "another module's table": ("storefront.E004", FIELD, "cart", 'managed = False; db_table = "inventory_level"'),
    "a user's table": ("storefront.E004", FIELD, "cart", 'managed = False; db_table = "auth_user"'),
}


class TestModels:
    def test_are_clean_as_committed(self, tree: Tree) -> None:
        result = tree.run("manage.py", "check", "--tag", "storefront")

        assert result.returncode == 0, result.stderr

    @pytest.mark.parametrize(("check", "field", "label", "meta"), PLANTED.values(), ids=PLANTED)
    def test_a_planted_violation_is_caught(self, tree: Tree, check: str, field: str, label: str, meta: str) -> None:
        source = "from django.db import models" + MODEL.format(field=field, label=label, meta=meta)
        tree.plant("modules/cart/planted.py", source)
        tree.plant("modules/cart/models.py", "from modules.cart import planted")

        result = tree.run("manage.py", "check", "--tag", "storefront")

        assert result.returncode == 1
        assert check in result.stderr

    def test_a_relation_to_a_module_that_is_elsewhere_is_caught(self, tree: Tree) -> None:
        tree.plant("modules/shipping/planted.py", "from django.db import models" + MODEL.format(
            field='order = models.ForeignKey("checkout.Order", models.CASCADE)', label="shipping", meta=""
        ))
        tree.plant("modules/shipping/models.py", "from modules.shipping import planted")

        result = tree.run("manage.py", "check", "--tag", "storefront", modules=["shipping"])

        assert result.returncode == 1
        assert "storefront.E001" in result.stderr

    def test_a_proxy_of_another_modules_model_is_caught(self, tree: Tree) -> None:
        tree.plant("modules/shipping/planted.py", """
from django.apps import apps

class Planted(apps.get_model("payments", "Outbox")):
    class Meta:
        proxy = True
        app_label = "shipping"
""")
        loading = "ShippingConfig.ready = lambda self: __import__('modules.shipping.planted')"
        tree.plant("modules/shipping/apps.py", loading)

        result = tree.run("manage.py", "check", "--tag", "storefront")

        assert result.returncode == 1
        assert "storefront.E002" in result.stderr

    def test_a_router_that_lets_a_model_stray_is_caught(self, tree: Tree) -> None:
        tree.plant("config/settings.py", "DATABASE_ROUTERS = []")

        result = tree.run("manage.py", "check", "--tag", "storefront")

        assert result.returncode == 1
        assert "storefront.E005" in result.stderr

    def test_a_module_without_a_database_is_caught(self, tree: Tree) -> None:
        tree.plant("config/settings.py", "del DATABASES['cart']")

        result = tree.run("manage.py", "check", "--tag", "storefront")

        assert result.returncode == 1
        assert "storefront.E006" in result.stderr
