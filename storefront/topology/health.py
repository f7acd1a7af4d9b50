"""How this process is: whether it may be sent work, and what an operator sees of it.

A neighbour that is down does not make this process unready. Taking it out of service too would carry one module's
outage to every module that calls it, and what needs no neighbour works on; calls that need it are Unavailable, and its
breaker says so in `/readyz` and `/_modules`. Nor does a neighbour with an incompatible face, once this process runs:
all replicas would find so at once. It is logged as an error, and refused when a process starts.
"""

from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from storefront.calls.callee import callees
from storefront.calls.fingerprint import fingerprint_of
from storefront.calls.outsider import outsiders
from storefront.calls.provider import PROVIDERS, Provider
from storefront.contracts.snapshot import contract
from storefront.database.migrated import waiting
from storefront.sagas import store
from storefront.topology import has_sagas, modules_here, neighbours, process_here, topology

_migrated: set[str] = set()
"""Aliases that were once found up to date: a running process need not ask again."""


def troubles() -> list[str]:
    """Why this process may not be sent work, a sentence for each database that is away or behind."""
    return [trouble for alias in (DEFAULT_DB_ALIAS, *modules_here()) if (trouble := _trouble_of(alias))]


def _trouble_of(alias: str) -> str:
    try:
        if alias not in _migrated:
            count = waiting(alias)
            if count:
                return f"{alias}: {count} migrations are to be applied."
            _migrated.add(alias)
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"{alias}: {type(error).__name__}."  # not what it says: that may hold addresses and names
    return ""


def described() -> dict[str, Any]:
    """This process for operators and neighbours: faces, what is left to do, and how its neighbours look from here."""
    return {
        "process": process_here().name,
        "topology": topology().name,
        "modules": {module: _module(module, PROVIDERS.get(module)) for module in modules_here()},
        "neighbours": neighbour_states(),
        "outsiders": outsider_states(),
        "faces": neighbours.known(),
    }


def neighbour_states() -> dict[str, Any]:
    """The processes called so far: the state of their breakers, and how many calls are under way."""
    return {
        callee.process.name: {"breaker": callee.breaker.state, "under_way": callee.under_way} for callee in callees()
    }


def outsider_states() -> dict[str, Any]:
    """Banks and carriers asked so far: a breaker for each kind of question, and how many are under way."""
    return {
        each.name: {
            "breakers": {kind: breaker.state for kind, breaker in sorted(each.breakers.items())},
            "under_way": each.under_way, "mean_seconds": round(each.mean_seconds, 3),
        }
        for each in outsiders()
    }


def _module(module: str, provider: Provider | None) -> dict[str, Any]:
    found: dict[str, Any] = {"backlog": _backlog(module), "sagas": _sagas(module)}
    if provider:
        face = provider.face
        found |= {"version": face.version, "fingerprint": fingerprint_of(face), "contract": contract(face, ())}
    return found


def _backlog(module: str) -> dict[str, int] | None:
    """Deliveries that are owed, and those that are given up; None while the database is away."""
    try:
        rows = apps.get_model(module, "Delivery").objects
        return {"owed": rows.filter(is_dead=False).count(), "dead": rows.filter(is_dead=True).count()}
    except DatabaseError:
        return None


def _sagas(module: str) -> dict[str, int] | None:
    """Sagas that go on, and those that wait for an operator; None where there are none, or the database is away."""
    if not has_sagas(module):
        return None
    try:
        rows = store.table(module)
        return {
            "under_way": rows.filter(status__in=("running", "undoing")).count(),
            "parked": rows.filter(status="parked").count(),
        }
    except DatabaseError:
        return None
