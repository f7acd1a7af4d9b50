"""All checks of this process, one module after the other."""

from collections.abc import Collection, Iterator
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
    for module in modules_here():
        if only and module not in only:
            continue
        name = f"modules.{module}.audit"
        own = import_module(name) if find_spec(name) else None
        checks = (getattr(own, "audit", None), partial(platform.audit, module), getattr(own, "across", None))
        for check in filter(None, checks):
            yield from ((module, finding) for finding in check())
