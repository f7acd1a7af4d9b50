"""Diagrams in Mermaid: the map of the modules, and each saga."""

from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise

from storefront.contracts.snapshot import sagas_of
from storefront.documentation.source import called_by
from storefront.events.event import EVENTS
from storefront.sagas.definition import Saga, Step
from storefront.topology.wiring import Wiring

SPACED = '%%{init: {"flowchart": {"nodeSpacing": 40, "rankSpacing": 90}}}%%'
"""Room for the names of events beside the arrows, and not so wide that a phone would shrink them."""

def module_map(modules: Sequence[str], wired: Wiring) -> str:
    """Who calls whom (solid), and who hears what of whom (dashed). The order of the lines keeps the arrows apart."""
    facts = {ends: names for ends, names in sorted(heard(wired).items()) if ends[0] != ends[1]}
    lines = [SPACED, "flowchart TD"]
    for caller in _callers_first(modules, wired):
        callees = wired.calls.get(caller, ())
        if not callees and not wired.callers_of(caller):
            lines.append(f"    {caller}")
        for callee in sorted(callees, key=lambda callee: _entanglement(callee, wired)):
            lines.append(f"    {caller} --> {callee}")
            if wired.callers_of(callee) == {caller}:
                lines += _dashed(callee, caller, facts.pop((callee, caller), []))
    lines += [line for ends, names in facts.items() for line in _dashed(*ends, names)]
    return "\n".join(lines) + "\n"


def _entanglement(module: str, wired: Wiring) -> tuple[int, int, str]:
    return len(wired.callers_of(module)), len(wired.calls.get(module, ())), module


def _dashed(producer: str, consumer: str, names: Sequence[str]) -> list[str]:
    return [f'    {producer} -. "{_label(names)}" .-> {consumer}'] if names else []


def _callers_first(modules: Sequence[str], wired: Wiring) -> list[str]:
    """Calls form no cycle, so that the map can be read from the top."""
    known = {module: sorted(wired.callers_of(module) & set(modules)) for module in modules}
    return list(TopologicalSorter(known).static_order())


def heard(wired: Wiring) -> dict[tuple[str, str], list[str]]:
    """(Producer, consumer) -> the names of the events that travel so."""
    found: dict[tuple[str, str], list[str]] = {}
    for event_type, consumers in sorted(wired.events.items()):
        for consumer in consumers:
            name = EVENTS[event_type].__name__ if event_type in EVENTS else event_type
            found.setdefault((event_type.partition(".")[0], consumer), []).append(name)
    return found


def _label(names: Iterable[str]) -> str:
    return "<br/>".join(names)


def saga_diagrams(module: str) -> dict[str, str]:
    """The name of each saga of a module, with its version, and its picture."""
    longest_first = sorted(sagas_of(module), key=lambda saga: (-len(saga.steps), saga.__name__, saga.version))
    return {f"{saga.__name__} {saga.version}": saga_diagram(saga) for saga in longest_first}


def saga_diagram(saga: type[Saga]) -> str:
    """The steps downwards, the pivot as a hexagon; what is taken back beside them, upwards."""
    lines = ["flowchart TD"]
    lines += [f"    step{number}{_shape(step)}" for number, step in enumerate(saga.steps)]
    lines += [f"    step{number} --> step{number + 1}" for number in range(len(saga.steps) - 1)]
    takes_back = {number: called_by(step.undo) for number, step in enumerate(saga.steps) if step.undo}
    undone = [(number, calls) for number, calls in takes_back.items() if calls]
    for number, calls in undone:
        lines.append(f'    undo{number}["{_label(calls)}"]')
        lines.append(f"    step{number} -. undo .-> undo{number}")
    lines += [f"    undo{late} -.-> undo{early}" for (early, _), (late, _) in pairwise(undone)]
    return "\n".join(lines) + "\n"


def _shape(step: Step) -> str:
    text = "<br/>".join([f"<b>{step.name}</b>", *called_by(step.action)])
    return f'{{{{"{text}"}}}}' if step.is_pivot else f'["{text}"]'
