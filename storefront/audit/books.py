"""All checks of this process, one module after the other."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from storefront.audit import platform
from storefront.audit.finding import Finding
from storefront.topology import modules_here


def findings(*, only: Collection[str] = ()) -> Iterator[tuple[str, Finding]]:
    """(module, what is wrong) for every defect found; nothing if the books are in order.

    only: these modules of the process; all of them if none is named. In a shop of several processes each has to
    answer for its own modules; what one module knows of another it asks by query, wherever that one runs.
    """
    modules = [module for module in modules_here() if not only or module in only]
    for name in ("audit", "across"):  # what is wrong in a module itself comes first, and so does its repair
        for module in modules:
            yield from ((module, finding) for check in _checks(module, name) for finding in check())


def _checks(module: str, name: str) -> Iterator[Callable[[], Iterator[Finding]]]:
    path = f"modules.{module}.audit"
    own = getattr(import_module(path), name, None) if find_spec(path) else None
    if own is not None:
        yield own
    if name == "audit":
        yield partial(platform.audit, module)
