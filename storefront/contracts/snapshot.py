"""A module's contract as data: its face, its events and its sagas, kept with a release and compared with later."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps

from storefront.calls.provider import PROVIDERS
from storefront.contracts.schema import Schemas
from storefront.events.event import EVENTS, Event
from storefront.interface import Interface, KeyReused, NotFound, Operation, Refusal
from storefront.sagas.definition import SAGAS, Saga

Contract = dict[str, Any]

OF_THE_PLATFORM: tuple[type[Refusal], ...] = (NotFound, KeyReused)


def contract(face: type[Interface] | None, events: Iterable[type[Event]], sagas: Iterable[type[Saga]] = ()) -> Contract:
    """What a module promises, as data."""
    schemas = Schemas()
    found: Contract = {
        "face": _face(face, schemas) if face else None,
        "refusals": {code: _refusal(each, schemas) for code, each in sorted(refusals_of(face).items())},
        "events": {each.event_type: _event(each, schemas) for each in sorted(events, key=lambda each: each.event_type)},
        "sagas": {f"{each.__name__} {each.version}": _saga(each, schemas) for each in sagas},
    }
    return found | {"$defs": dict(sorted(schemas.definitions.items()))}


def contract_of(module: str) -> Contract:
    """What a module of this process promises."""
    return contract(PROVIDERS[module].face, events_of(module), sagas_of(module))


def events_of(module: str) -> list[type[Event]]:
    """The facts that a module announces, by type."""
    home = f"{apps.get_app_config(module).name}.events"
    return sorted((each for each in EVENTS.values() if each.__module__ == home), key=lambda each: each.event_type)


def sagas_of(module: str) -> list[type[Saga]]:
    """The sagas that a module runs, in the order of its code."""
    home = f"{apps.get_app_config(module).name}."
    return [each for each in SAGAS.values() if each.module == module and each.__module__.startswith(home)]


def refusals_of(face: type[Interface] | None) -> dict[str, type[Refusal]]:
    """Every refusal that a face may answer with, by code; those of the platform go without saying."""
    declared = [refusal for operation in (face.operations.values() if face else ()) for refusal in operation.refuses]
    return {refusal.code: refusal for refusal in (*OF_THE_PLATFORM, *declared)}


def _face(face: type[Interface], schemas: Schemas) -> Contract:
    operations = {name: _operation(operation, schemas) for name, operation in face.operations.items()}
    return {"name": face.__name__, "version": face.version, "operations": operations}


def _operation(operation: Operation, schemas: Schemas) -> Contract:
    return {
        "kind": operation.kind,
        "timeout": operation.timeout,
        "request": schemas.of(operation.request_type),
        "answer": schemas.of(operation.answer_type),
        "refuses": sorted(refusal.code for refusal in operation.refuses),
    }


def _refusal(refusal: type[Refusal], schemas: Schemas) -> Contract:
    return {"status": refusal.status, "facts": schemas.of(refusal.Facts)}


def _event(event: type[Event], schemas: Schemas) -> Contract:
    return {"version": event.event_version, "subject": event.event_subject, "payload": schemas.of(event)}


def _saga(saga: type[Saga], schemas: Schemas) -> Contract:
    steps = [{"name": step.name, "pivot": step.is_pivot, "undo": step.undo is not None} for step in saga.steps]
    return {"steps": steps, "state": schemas.of(saga.state)}
