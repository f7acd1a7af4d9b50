"""A module written from its template, all of it or nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storefront.beginning.enrolment import enrolled
from storefront.rendering import render_tree

TEMPLATE = Path(__file__).parent / "template"


class CouldNotBegin(Exception):
    """What was written was taken back; the message says why."""


def begin(name: str, *, root: Path) -> list[str]:
    """Write the module, enrol it, make its first migration and the wiring; returns a line on each.

    :raises CouldNotBegin: Django does not take what was written
    """
    package, wiring = root / "modules" / name, root / "config" / "wiring.toml"
    topologies = sorted((root / "config" / "topologies").glob("*.toml"))
    with _or_nothing(package, [wiring, *topologies]):
        files = render_tree(TEMPLATE, package, {"module": name, "Face": name.capitalize()})
        for path in topologies:
            path.write_text(enrolled(path, name))
        _manage(root, "makemigrations", name)
        _manage(root, "topology", "wiring")
        _manage(root, "check", "--tag", "storefront")
    return [
        f"modules/{name}/: {len(files)} files and the first migration",
        f"config/topologies/: enrolled in {', '.join(path.stem for path in topologies)}",
        "config/wiring.toml: as the code says",
    ]


@contextmanager
def _or_nothing(package: Path, changed: list[Path]) -> Iterator[None]:
    before = {path: path.read_text() for path in changed}
    try:
        yield
    except BaseException:
        shutil.rmtree(package, ignore_errors=True)
        for path, text in before.items():
            path.write_text(text)
        raise


def _manage(root: Path, *arguments: str) -> None:
    """Another process: this one has begun without the module."""
    chosen = {name: text for name, text in os.environ.items() if name != "STOREFRONT_PROCESS"}
    result = subprocess.run(  # noqa: S603  # our own words only
        [sys.executable, "manage.py", *arguments], cwd=root, env=chosen | {"STOREFRONT_TOPOLOGY": "monolith"},
        capture_output=True, text=True, check=False,
    )
    if result.returncode:
        raise CouldNotBegin(f"manage.py {' '.join(arguments)}: {(result.stderr or result.stdout).strip()}")
