"""What a module's public API stands on: bodies, answers, problems, keys, pages.

Imported lazily, so that `config.settings` can read this package before Django is set up.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storefront.rest.body import Shape, read
    from storefront.rest.documentation import documented
    from storefront.rest.hotview import hot, stored
    from storefront.rest.pagination import Listing, Page, page
    from storefront.rest.query import read_query
    from storefront.rest.render import answered, created, emptied
    from storefront.rest.view import ModuleView

__all__ = [
    "Listing", "ModuleView", "Page", "Shape", "answered", "created", "documented", "emptied", "hot", "page", "read",
    "read_query", "stored",
]

_WHERE = {
    "Listing": "pagination", "ModuleView": "view", "Page": "pagination", "Shape": "body", "answered": "render",
    "created": "render", "documented": "documentation", "emptied": "render", "hot": "hotview", "page": "pagination",
    "read": "body", "read_query": "query", "stored": "hotview",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    return found
