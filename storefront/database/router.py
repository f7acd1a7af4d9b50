"""Each module's tables live under the alias of its name; the rest lives in `default`."""

from typing import Any

from django.conf import settings
from django.db.models import Model


class ModuleRouter:
    """Routes by app label; never lets a row of one module relate to a row of another."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        return alias_of(model._meta.app_label)

    def db_for_write(self, model: type[Model], **_hints: Any) -> str:
        return alias_of(model._meta.app_label)

    def allow_relation(self, one: Model, other: Model, **_hints: Any) -> bool:
        return alias_of(one._meta.app_label) == alias_of(other._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == alias_of(app_label)


def alias_of(app_label: str) -> str:
    """The database alias that owns the tables of an app."""
    return app_label if app_label in settings.STOREFRONT_MODULES else "default"
