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


UNDOCUMENTED = {
    r"(livez|readyz|startupz)": "probes of whoever runs the processes",
    r"_\w+(/.*)?": "what processes of the shop ask each other, signed with service keys",
    r"admin/.*": "pages of operators, behind their sign-in",
    r"api/v1/(openapi\.json|docs|docs\.js)": "the document itself, and the page that shows it",
    r"api/v1/payments/returns/<str:payment_id>": "where a bank sends a buyer's browser back to",
    r"api/v1/sandbox/challenges/<str:challenge_id>": "the sandbox bank's own page, in shops that have it",
    r"media/<path:name>": "pictures, by the addresses that products name",
    r"\^api/": "every other path of the API, for an answer that is a problem too",
}
"""Routes that are not in the OpenAPI document, and why: nobody programs against them."""


def undocumented(operations: set[str]) -> list[str]:
    """The routes that neither an operation's path, as in OpenAPI, nor a row of `UNDOCUMENTED` accounts for."""
    inside = {f"api/v1{path}" for path in operations}
    others = [route for route in routes() if as_documented(route) not in inside]
    return [route for route in others if not any(re.fullmatch(known, route) for known in UNDOCUMENTED)]


def as_documented(route: str) -> str:
    """The same as OpenAPI writes it: `api/v1/carts/{cart_id}`."""
    return route.replace("<str:", "{").replace(">", "}")


def admin_pages() -> list[str]:
    """Every path of the back office but the way out, with an id of something that there is not."""
    named = [route for route in routes() if route.startswith("admin/") and "(?P" not in route]
    return [f"/{re.sub(r'<[^>]*>', '1', route)}" for route in named if "logout" not in route]
