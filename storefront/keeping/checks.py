"""System checks: no table is left to grow without somebody having said why."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db import models

from storefront.keeping import platform
from storefront.keeping.declaring import Rule, rules
from storefront.schedule import JOBS
from storefront.topology import is_home, modules_here


@register("storefront")
def check_keeping(**_kwargs: Any) -> list[CheckMessage]:
    """Each table of this process has its rule, and each job that a rule names is scheduled."""
    found: list[CheckMessage] = [
        Error(
            f"Nobody has said what becomes of the rows of {label} in time.",
            hint="Say so in the module's keeping.py: kept(..., why=...) or forgotten(..., after=..., by=...).",
            id="storefront.E023",
        )
        for label in unruled(apps.get_models(include_auto_created=True))
    ]
    return found + [
        Error(f"{label} is to be forgotten by the job {job}, which is not scheduled.", id="storefront.E024")
        for label, job in unscheduled(apps.get_models(include_auto_created=True))
    ]


def rule_of(model: type[models.Model]) -> Rule | None:
    """The rule of a model's table."""
    label, module = model._meta.label_lower, model._meta.app_label
    if module in modules_here():
        own = rules(module).get(label)
        return own or platform.KERNEL.get(str(model._meta.model_name))
    return platform.OTHERS.get(label)


def unruled(found: Iterable[type[models.Model]]) -> list[str]:
    """The labels of tables without a rule."""
    return [model._meta.label for model in found if model._meta.managed and rule_of(model) is None]


def unscheduled(found: Iterable[type[models.Model]]) -> Iterator[tuple[str, str]]:
    """Tables whose rule names a job that nobody runs."""
    for model in found:
        rule, module = rule_of(model), model._meta.app_label
        names = JOBS.get(module if module in modules_here() else modules_here()[0], {})
        if rule and rule.job and rule.job not in names and (module in modules_here() or is_home()):
            yield model._meta.label, rule.job
