"""The ledger of the soak's shop. It also counts the rows of all tables, and lets time pass once the shop is closed."""

from datetime import timedelta

from drill.chaos import ledger
from drill.soak.rules import TableRule

MOST_TURNS = 200
"""In which what is due at one moment is done; more of them would be work that makes work."""


def rules() -> dict[str, TableRule]:
    """What becomes of the rows of each table in time, as the shop declares it."""
    from django.apps import apps

    from storefront.keeping.checks import rule_of

    found = {model._meta.label_lower: rule_of(model) for model in apps.get_models(include_auto_created=True)}
    return {label: TableRule(why=rule.why, job=rule.job) for label, rule in found.items() if rule}


def rows() -> dict[str, int]:
    """Of each table."""
    from django.apps import apps

    from storefront.database.router import alias_of

    return {
        model._meta.label_lower: model._base_manager.using(alias_of(model._meta.app_label)).count()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label_lower in rules()
    }


def later(minutes: str) -> int:
    """So many minutes pass, and what is due then is done as a relay does it. Returns how many things that were."""
    from storefront import clock
    from storefront.background import work_once
    from storefront.topology import modules_here

    clock.turn(timedelta(minutes=float(minutes)))
    done = 0
    for _ in range(MOST_TURNS):
        if not (now := work_once(modules_here())):
            break
        done += now
    return done


if __name__ == "__main__":
    ledger.main(rules=rules, rows=rows, later=later)
