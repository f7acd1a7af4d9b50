"""Every route of the shop, as the URLconf has it."""

import re

from django.urls import URLPattern, URLResolver, get_resolver


def routes(resolver: URLResolver | None = None, prefix: str = "") -> list[str]:
    """Such as `api/v1/carts/<str:cart_id>`."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        here = f"{prefix}{pattern.pattern}"
        found += [here] if isinstance(pattern, URLPattern) else routes(pattern, here)
    return found


def as_documented(route: str) -> str:
    """The same as OpenAPI writes it: `api/v1/carts/{cart_id}`."""
    return route.replace("<str:", "{").replace(">", "}")


def admin_pages() -> list[str]:
    """Every path of the back office but the way out, with an id of something that there is not."""
    named = [route for route in routes() if route.startswith("admin/") and "(?P" not in route]
    return [f"/{re.sub(r'<[^>]*>', '1', route)}" for route in named if "logout" not in route]
