"""A page per module, and the one before them, in Markdown."""

import inspect
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import apps

from storefront.calls.provider import PROVIDERS
from storefront.contracts.snapshot import events_of, refusals_of
from storefront.database import tables
from storefront.documentation.diagram import module_map, saga_diagrams
from storefront.documentation.source import Knob, first_line, knobs, section, signature
from storefront.events.event import EVENTS
from storefront.events.subscription import HANDLERS
from storefront.interface import Interface, Operation
from storefront.sagas.definition import SAGAS
from storefront.schedule import JOBS
from storefront.topology.wiring import Wiring

POINT_OF_NO_RETURN = (
    "A hexagon is the point of no return: before it a refusal takes all back, after it each step is tried until it"
    " succeeds."
)
WRITTEN = "<!-- Written by `manage.py modules docs`; edit the code instead. -->"


def index(modules: Sequence[str], wired: Wiring) -> str:
    """The map, and what each module is for."""
    rows = [(f"[{module}]({module}.md)", first_line(PROVIDERS[module].face), _calls(module)) for module in modules]
    return _joined([
        WRITTEN,
        "# Modules",
        mermaid(module_map(modules, wired)),
        "A solid arrow: calls its commands and queries. A dashed arrow: its facts, as events.",
        _table(("Module", "What it answers for", "Calls"), rows),
        "The events as [AsyncAPI 3](asyncapi.yaml); the values as JSON Schemas in [schemas](schemas).",
    ])


def _calls(module: str) -> str:
    return str(len(PROVIDERS[module].face.operations))


def page(module: str, wired: Wiring) -> str:
    """All that others, and whoever runs it, may want to know of a module."""
    config = apps.get_app_config(module)
    folder, face = Path(config.path), PROVIDERS[module].face
    readme = (folder / "README.md").read_text() if (folder / "README.md").exists() else ""
    parts = [
        WRITTEN,
        f"# {config.verbose_name}",
        first_line(face),
        *(f"**{title}**{section(readme, title)}" for title in ("Owns", "Promises", "Never") if section(readme, title)),
        _neighbours(module, wired),
        *_face(face),
        *_events(module, wired),
        *_sagas(module),
        *_jobs(module),
        *_tables(module),
        *_knobs(module, knobs(folder)),
    ]
    return _joined(parts)


def _neighbours(module: str, wired: Wiring) -> str:
    callers = sorted(wired.callers_of(module))
    said = [f"Called by {_links(callers)}." if callers else "No module calls it.",
            f"Calls {_links(wired.calls[module])}." if wired.calls.get(module) else "Calls no module."]
    return " ".join(said)


def _face(face: type[Interface]) -> list[str]:
    refused = [
        (f"`{code}`", str(refusal.status), first_line(refusal)) for code, refusal in sorted(refusals_of(face).items())
    ]
    return [
        f"## Calls\n\nVersion {face.version} of the face.",
        *(_operation(operation) for operation in face.operations.values()),
        "## Refusals",
        "Status: how the public API answers.",
        _table(("Code", "Status", "When"), refused),
    ]


def _operation(operation: Operation) -> str:
    codes = ", ".join(f"`{refusal.code}`" for refusal in operation.refuses)
    refuses = f"\n\nRefuses with {codes}." if codes else ""
    prose = inspect.cleandoc(operation.function.__doc__ or "").replace("\n:raises ", "\n- raises ")
    head = f"### {operation.name}\n\n{operation.kind.capitalize()}, {operation.timeout:g} s."
    return f"{head} {prose}{refuses}\n\n```python\n{_wrapped(signature(operation))}\n```"


def _wrapped(line: str) -> str:
    """A signature as one would format it: one argument a line if it is long."""
    if len(line) <= 100:
        return line
    name, _, rest = line.partition("(")
    asked, _, answer = rest.rpartition(") -> ")
    return f"{name}(\n    {_one_a_line(asked)},\n) -> {answer}"


def _one_a_line(asked: str) -> str:
    depth = 0
    broken: list[str] = []
    for letter in asked:
        depth += (letter in "[(") - (letter in "])")
        broken.append("\n   " if letter == " " and depth == 0 and broken[-1] == "," else letter)
    return "".join(broken).replace("\n   ", "\n    ")


def _events(module: str, wired: Wiring) -> list[str]:
    told = [
        (f"`{event.event_type}` {event.event_version}", first_line(event), f"`{event.event_subject}`",
         _links(wired.events.get(event.event_type, ())) or "nobody yet")
        for event in events_of(module)
    ]
    heard = [
        (f"`{event_type}`", _links([event_type.partition(".")[0]]), _once(first_line(handler) for handler in own))
        for event_type, hearers in sorted(HANDLERS.items()) if event_type in EVENTS
        and (own := hearers.get(module, []))
    ]
    return [
        *(["## Events it announces", _table(("Event, version", "What happened", "Subject", "Heard by"), told)]
          if told else []),
        *(["## Events it hears", _table(("Event", "Of", "What it does"), heard)] if heard else []),
    ]


def _sagas(module: str) -> list[str]:
    parts = ["## Sagas", POINT_OF_NO_RETURN]
    for name, picture in saga_diagrams(module).items():
        title, _, version = name.rpartition(" ")
        parts += [f"### {title}, version {version}", first_line(SAGAS[title, int(version)]), mermaid(picture)]
    return parts if len(parts) > 2 else []


def _jobs(module: str) -> list[str]:
    rows = [
        (f"`{name}`", _interval(interval), first_line(job)) for name, (interval, job) in JOBS.get(module, {}).items()
    ]
    return ["## Scheduled work", _table(("Job", "Every", "What it does"), rows)] if rows else []


def _interval(interval: timedelta) -> str:
    seconds = int(interval.total_seconds())
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _tables(module: str) -> list[str]:
    kernel: tuple[type[Any], ...] = (*tables.KERNEL, tables.SagaRow)
    platform = {table.__name__ for table in kernel}
    models = sorted(apps.get_app_config(module).get_models(), key=lambda model: model._meta.db_table)
    rows = [
        (f"`{model._meta.db_table}`", _purpose(model)) for model in models if model.__name__ not in platform
    ]
    kept = ", ".join(f"`{model._meta.db_table}`" for model in models if model.__name__ in platform)
    return ["## Tables", _table(("Table", "What it holds"), rows), f"The platform's, in the same database: {kept}."]


def _purpose(model: Any) -> str:
    said = first_line(model)
    return "" if said.startswith(f"{model.__name__}(") else said  # Django writes one of its own


def _knobs(module: str, found: Iterable[Knob]) -> list[str]:
    rows = [(f"`{module.upper()}_DATABASE_URL`", "environment", "its database; else a part of `DATABASE_URL`")]
    rows += [
        (f"`{knob.name}`", "environment" if knob.is_environment else "setting", ", ".join(f"`{f}`" for f in knob.files))
        for knob in found
    ]
    return ["## What it reads from its surroundings", _table(("Name", "From", "For"), rows)]


def _links(modules: Iterable[str]) -> str:
    return ", ".join(f"[{module}]({module}.md)" for module in modules)


def _once(sentences: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(sentences))


def mermaid(text: str) -> str:
    """A diagram in Markdown."""
    return f"```mermaid\n{text}```"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
