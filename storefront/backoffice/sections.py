"""The back office's sections that show no table of this process: of modules elsewhere, and the platform's own pages.

Their names come from the wiring, their pages by the gateway.
"""

from typing import Any

from django.http import HttpRequest

from storefront.topology.wiring import Section, wiring

OWN = {"personal.person": Section("Personal data", "person", "People")}
"""The pages that are no model's, as if they were one's; where operators sign in."""


def sections_elsewhere(request: HttpRequest, here: set[str]) -> list[dict[str, Any]]:
    """As Django's list of apps has them, those that this person may see. here: labels of models shown already."""
    apps: dict[str, dict[str, Any]] = {}
    for label, section in wiring().sections.items():
        app_label, _, model_name = label.partition(".")
        if label in here or not _may_see(request, app_label, model_name):
            continue
        app = apps.setdefault(app_label, {
            "name": section.app, "app_label": app_label, "app_url": f"/admin/{app_label}/", "has_module_perms": True,
            "models": [],
        })
        app["models"].append(_model(request, label, section))
    for app in apps.values():
        app["models"].sort(key=lambda model: model["name"])
    return list(apps.values())


def _may_see(request: HttpRequest, app_label: str, model_name: str) -> bool:
    user: Any = request.user
    return any(user.has_perm(f"{app_label}.{verb}_{model_name}") for verb in ("view", "change"))


def _model(request: HttpRequest, label: str, section: Section) -> dict[str, Any]:
    app_label, _, model_name = label.partition(".")
    user: Any = request.user
    perms = {verb: user.has_perm(f"{app_label}.{verb}_{model_name}") for verb in ("add", "change", "delete", "view")}
    return {
        "model": None, "name": section.plural, "object_name": section.name, "add_url": None, "view_only": True,
        "admin_url": f"/admin/{app_label}/{model_name}/",
        "perms": perms,
    }
