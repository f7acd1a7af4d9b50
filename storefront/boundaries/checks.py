"""Net 2: system checks over every model. No table of a module is related to, or lives with, another module's."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import models, router

from storefront.database.router import alias_of
from storefront.topology import modules_here


@register("storefront")
def check_borders(**_kwargs: Any) -> list[CheckMessage]:
    """All checks of the borders, for every model of this process."""
    found: list[CheckMessage] = []
    for model in apps.get_models(include_auto_created=True):
        found += [*_relations(model), *_home(model)]
    return found + list(_aliases())


def _relations(model: type[models.Model]) -> Iterator[CheckMessage]:
    own = _owner(model._meta.app_label)
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        target = _target(field)
        if target and _owner(target) != own:
            yield Error(
                f"{model._meta.label}.{field.name} points to {target!r}, whose tables belong to {_owner(target)}.",
                hint="Store the other's id as text, and ask its face for the rest.",
                obj=model,
                id="storefront.E001",
            )
    concrete = model._meta.concrete_model
    if concrete is not None and _owner(concrete._meta.app_label) != own:
        yield Error(
            f"{model._meta.label} is a proxy of {concrete._meta.label}, which belongs to another module.",
            hint="Keep a projection of your own, fed by the other module's events.",
            obj=model,
            id="storefront.E002",
        )


def _target(field: "models.Field[Any, Any]") -> str | None:
    """The app that a relation points to, known even if that app is not in this process."""
    remote = getattr(field, "remote_field", None)
    if remote is None:
        return None
    if isinstance(remote.model, str):
        named: str = settings.AUTH_USER_MODEL if remote.model == "settings.AUTH_USER_MODEL" else remote.model
        return named.partition(".")[0] if "." in named else None
    return str(remote.model._meta.app_label)


def _home(model: type[models.Model]) -> Iterator[CheckMessage]:
    module = _module_of(model)
    if module is None:
        return
    meta = model._meta
    if meta.app_label != module:
        yield Error(
            f"{model.__module__}.{model.__name__} is labelled {meta.app_label!r}.",
            hint=f"A model of modules.{module} carries the app label {module!r}.",
            obj=model,
            id="storefront.E003",
        )
    elif _named_after(meta.db_table) not in (None, module):
        yield Error(
            f"{meta.label} keeps its rows in {meta.db_table!r}, a table of another app.",
            hint=f"Call it {module}_..., or ask the other's face.",
            obj=model,
            id="storefront.E004",
        )
    homes = {router.db_for_read(model), router.db_for_write(model)}
    if homes != {module}:
        yield Error(
            f"{meta.label} is routed to {', '.join(sorted(homes))}.",
            hint=f"Its rows belong under the alias {module!r}: see DATABASE_ROUTERS.",
            obj=model,
            id="storefront.E005",
        )


def _named_after(table: str) -> str | None:
    """The app whose name a table carries in front, as Django names tables."""
    labels = {*settings.STOREFRONT_TOPOLOGY.modules, *(config.label for config in apps.get_app_configs())}
    name = table.strip('"')
    return next((label for label in sorted(labels) if name.startswith((f"{label}_", f"{label}."))), None)


def _aliases() -> Iterator[CheckMessage]:
    for module in modules_here():
        if module not in settings.DATABASES:
            yield Error(
                f"The module {module!r} has no database.",
                hint=f"Add the alias {module!r} to DATABASES.",
                id="storefront.E006",
            )


def _module_of(model: type[models.Model]) -> str | None:
    package, _, rest = model.__module__.partition(".")
    return rest.partition(".")[0] if package == "modules" else None


def _owner(app_label: str) -> str:
    """Who owns the tables of an app: a module, even one that is not in this process, or `default`."""
    return app_label if app_label in settings.STOREFRONT_TOPOLOGY.modules else alias_of(app_label)
