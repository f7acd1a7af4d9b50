"""The matters of the whole shop, in whichever processes its modules run."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import msgspec
from django.db import DatabaseError
from django.http import HttpRequest

from storefront.calls.asking import ask, for_processes
from storefront.followup.matter import Matter, matters
from storefront.interface import Unavailable
from storefront.topology import modules_here, process_here, topology
from storefront.topology.plan import Process

PATH = "/_follow_up"
SECONDS = 1.0
"""For another process to answer: an operator waits for the page."""


class Found(NamedTuple):
    """What waits, and the modules that could not be asked."""

    matters: list[Matter]
    silent: tuple[str, ...]


def everywhere(modules: Iterable[str]) -> Found:
    """What waits for an operator in these modules, asking other processes for theirs, all at once."""
    wanted = frozenset(modules)
    others = [each for each in topology().processes if each.name != process_here().name and wanted & {*each.modules}]
    found, silent = _here(wanted.intersection(modules_here()))
    if others:
        with ThreadPoolExecutor(max_workers=len(others)) as pool:
            for process, theirs in zip(others, pool.map(_asked, others), strict=True):
                found += [matter for matter in theirs or () if matter.module in wanted]
                silent += sorted(wanted.intersection(process.modules)) if theirs is None else []
    return Found(sorted(found, key=lambda matter: (matter.module, matter.title)), tuple(sorted(silent)))


def _here(modules: Iterable[str]) -> tuple[list[Matter], list[str]]:
    found: list[Matter] = []
    silent = []
    for module in modules:
        try:
            found += matters((module,))
        except DatabaseError:
            silent.append(module)
    return found, silent


def _asked(process: Process) -> list[Matter] | None:
    try:
        return msgspec.json.decode(ask(process, PATH, b"{}", seconds=SECONDS), type=list[Matter])
    except (Unavailable, msgspec.MsgspecError):
        return None


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the first page of the back office shows besides: what waits in the modules that this person may see."""
    return context | {"follow_up": everywhere(app["app_label"] for app in context["app_list"])}


@for_processes
def door(_question: bytes) -> bytes:
    """The matters of this process."""
    return msgspec.json.encode(_here(modules_here())[0])
