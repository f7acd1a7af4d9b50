"""What browsers are told about every page: where its parts may come from, and who may frame it."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

THEME = b'<style id="unfold-theme-colors">'
"""The only style that the back office's theme writes into a page: the colours of its settings."""
POLICY = {
    "default-src": "'none'",
    # The theme's Alpine compiles the expressions in its own templates, so it needs eval. No script stands in a page.
    "script-src": "'self' 'unsafe-eval'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
ALWAYS = {
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class PageHeaders:
    """Around every page; a view that knows better sets its own."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, text in ALWAYS.items():
            response.headers.setdefault(name, text)
        if "Content-Security-Policy" not in response.headers:
            response.headers["Content-Security-Policy"] = policy(_admit_theme(response))
        return response


def policy(nonce: str = "") -> str:
    """The policy, admitting one style by its nonce; over https, upgrading what a page asks for."""
    told = POLICY | ({"style-src": f"'self' 'nonce-{nonce}'"} if nonce else {})
    parts = [f"{name} {sources}" for name, sources in told.items()]
    return "; ".join([*parts, "upgrade-insecure-requests"] if _is_https() else parts)


def _is_https() -> bool:
    return bool(getattr(settings, "HTTPS", False))


def _admit_theme(response: HttpResponseBase) -> str:
    """Give the theme's own style a nonce. What anybody else could bring into a page has none."""
    if response.streaming or not isinstance(response, HttpResponse) or response.content.count(THEME) != 1:
        return ""
    nonce = secrets.token_urlsafe(16)
    response.content = response.content.replace(THEME, b'<style id="unfold-theme-colors" nonce="%s">' % nonce.encode())
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
    return nonce
