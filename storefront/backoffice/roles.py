"""Ready-made roles, read off the back office: what somebody needs to look at a module, to work in it, to mend it.

They come from the admin classes as they are, so a module that is made tomorrow brings its own. A module may name more
in its app config: `roles = {"Payments: refunds": {"payment": ("view", "change")}}`; several may add to one role.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory

from storefront.backoffice.log import HOME
from storefront.database.tables import AuditEntry, Delivery, SagaRow
from storefront.topology import modules_here

VERBS = ("add", "change", "delete", "view")
AUDITOR = "Auditor"
"""Reads every audit log, and nothing else."""
OPERATIONS = (Delivery, SagaRow)
"""The platform's tables, for those who keep the shop running."""
PEOPLE = {
    "Personal data: export": ("personal.view_person",),
    "Personal data: erase": ("personal.delete_person", "personal.view_person"),
}
"""For those who answer people that ask what is held of them, or to be forgotten."""


def roles_here() -> dict[str, tuple[str, ...]]:
    """Role -> the rights that it takes, such as `checkout.view_order`, of the modules of this process."""
    found = {role: {*rights} for role, rights in PEOPLE.items()}
    for model, page in admin.site._registry.items():
        app_label = model._meta.app_label
        if app_label in (*modules_here(), HOME):
            if issubclass(model, AuditEntry):
                found.setdefault(AUDITOR, set()).add(f"{app_label}.view_{model._meta.model_name}")
                continue
            for role, verbs in _of_section(model, page).items():
                rights = {f"{app_label}.{verb}_{model._meta.model_name}" for verb in verbs}
                found.setdefault(f"{apps.get_app_config(app_label).verbose_name}: {role}", set()).update(rights)
    for module in modules_here():
        declared: Mapping[str, Mapping[str, tuple[str, ...]]] = getattr(apps.get_app_config(module), "roles", {})
        for role, sections in declared.items():
            rights = {f"{module}.{verb}_{model}" for model, verbs in sections.items() for verb in verbs}
            found.setdefault(role, set()).update(rights)
    idle = {role for role in found if role.endswith(": work") and found[role] == found[role[:-4] + "read"]}
    return {role: tuple(sorted(rights)) for role, rights in sorted(found.items()) if role not in idle}


def verbs_of(model: type[Any], page: Any) -> set[str]:
    """The rights that open something on these pages; the others would be given for nothing."""
    meta = model._meta
    own = {verb for verb in VERBS if getattr(page, f"has_{verb}_permission")(_asked_by(meta, *VERBS))}
    acts = [name for name in dir(page) if name.startswith("has_") and name.endswith("_permission")]
    further = [name for name in acts if name.split("_")[1] not in (*VERBS, "module")]
    if any(getattr(page, name)(_asked_by(meta, "view", "change")) for name in further if name != VIEW_OR_CHANGE):
        own.add("change")
    return own


VIEW_OR_CHANGE = "has_view_or_change_permission"


def _of_section(model: type[Any], page: Any) -> dict[str, set[str]]:
    verbs = verbs_of(model, page)
    if issubclass(model, OPERATIONS):
        return {"operations": verbs}
    return {"read": {"view"}, "work": verbs}


class _Probe(NamedTuple):
    """Nobody, with some rights."""

    rights: frozenset[str]
    is_active: bool = True
    is_staff: bool = True
    is_superuser: bool = False
    is_authenticated: bool = True

    def has_perm(self, right: str, _obj: Any = None) -> bool:
        return right in self.rights


def _asked_by(meta: Any, *verbs: str) -> Any:
    request = RequestFactory().get("/admin/")
    request.user = _Probe(frozenset(f"{meta.app_label}.{verb}_{meta.model_name}" for verb in verbs))  # type: ignore[assignment]
    return request
