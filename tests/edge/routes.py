"""Every route of the shop, as the URLconf has it."""

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
