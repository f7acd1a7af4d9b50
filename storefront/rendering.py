"""Whole folders written from templates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.template import Context, Engine


def render_tree(templates: Path, into: Path, facts: Mapping[str, Any]) -> list[Path]:
    """Write each template `<path>.txt` to `<into>/<path>`; what lies in `.ci` may be executed. Returns the files.

    Templates are Django's, with nothing escaped.
    """
    engine, context = Engine(autoescape=False), Context(dict(facts), autoescape=False)
    paths = sorted(templates.rglob("*.txt"))
    return [_written(engine, path, into / path.relative_to(templates), context) for path in paths]


def _written(engine: Engine, template: Path, path: Path, context: Context) -> Path:
    target = path.with_suffix("")
    text = engine.from_string(template.read_text()).render(context).rstrip()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{text}\n" if text else "")
    if target.parent.name == ".ci":
        target.chmod(0o755)
    return target
