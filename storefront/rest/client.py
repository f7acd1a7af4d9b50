"""Where a request comes from."""

from ipaddress import IPv6Address, ip_network
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


def network_of(request: Any) -> str:
    """Who is counted: the address; of IPv6 the network of 64 bits, for one client has all of its addresses."""
    address = address_of(request)
    if ":" not in address:
        return address
    try:
        told = IPv6Address(address.partition("%")[0])
    except ValueError:  # no address at all: what a proxy of ours told stands for itself
        return address
    return str(told.ipv4_mapped or ip_network((told, 64), strict=False))
