"""An operator at work in the back office."""

import json
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from modules.inventory.interface import Inventory, OpeningLevel
from modules.inventory.models import Level
from storefront.testing.world import World


class Office:
    """The back office, with Ada signed in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = Client()
        self.client.force_login(User.objects.create_superuser("ada", first_name="Ada", last_name="Lovelace"))

    def open(self, page: str, *args: object) -> Any:
        """GET a page of the admin by its name."""
        return self.client.get(reverse(f"admin:{page}", args=args))

    def send(self, page: str, *args: object, **fields: object) -> Any:
        """POST a form of the admin."""
        return self.client.post(reverse(f"admin:{page}", args=args), fields)

    def save(self, page: str, *args: object, **fields: object) -> Any:
        """Open the form of a row and send it with what it says that it showed."""
        return self.send(page, *args, **{"_shown": self.open(page, *args).context["shown"]} | fields)

    def fill_in(self, page: str, *args: object, **fields: object) -> Any:
        """Open the form of a command and send it with what it hides."""
        hidden = {field.name: field.value() for field in self.open(page, *args).context["form"].hidden_fields()}
        return self.send(page, *args, **hidden | fields)

    def act(self, page: str, action: str, *chosen: object) -> Any:
        """Choose rows of a list and an action for them."""
        fields = {"action": action, "_selected_action": [str(pk) for pk in chosen]}
        return self.client.post(reverse(f"admin:{page}_changelist"), fields)

    def stock(self, sku: str, units: int) -> Level:
        """First stock of a SKU in Berlin."""
        opening = OpeningLevel(sku=sku, location="berlin", on_hand=units, low_stock_threshold=0, backorder_limit=0)
        self.world.connect(Inventory).open_levels(key=self.world.key(), levels=(opening,))
        return Level.objects.get(item_id=sku)


def log_of(module: str) -> list[Any]:
    """A module's audit log, oldest first."""
    return list(apps.get_model(module, "AuditEntry").objects.order_by("id"))


def changes_of(entry: Any) -> dict[str, tuple[Any, Any]]:
    """Name -> from and to."""
    return {each["name"]: (each["from"], each["to"]) for each in json.loads(entry.changes)}
