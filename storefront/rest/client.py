"""Where a request comes from."""

from typing import Any

from django.conf import settings


def address_of(request: Any) -> str:
    """The client's address; `X-Forwarded-For` counts only behind `TRUSTED_PROXIES` proxies of our own."""
    proxies: int = getattr(settings, "TRUSTED_PROXIES", 0)
    address: str = request.META.get("REMOTE_ADDR") or ""
    if proxies:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        address = hops[-proxies] if len(hops) >= proxies else address
    return address[:64]
