"""Where the shop may turn to when somebody else names the address: public servers, in the usual forms of a URL.

A URL is looked at twice: when it is taken apart, and when a connection is made, by what its name means then.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address

PORTS = {"https": 443, "http": 80}
NEVER = tuple(map(ip_network, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
    "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)))
"""Source: the IANA registries of special-purpose addresses, and 168.63.129.16, which is public by its number only: from
machines of one cloud its host answers there. Of IPv6, only 2000::/3 is admitted at all."""
GLOBAL_UNICAST = ip_network("2000::/3")


class Refused(Exception):
    """Nothing is asked there; the message says why."""


class Rules(NamedTuple):
    """What a URL may be. networks: further ones that are admitted though they are not public."""

    schemes: tuple[str, ...] = ("https",)
    networks: Sequence[str] = ()
    longest: int = 500


class Target(NamedTuple):
    """A URL that was taken apart. host: as it stands in the certificate."""

    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str, rules: Rules) -> Target:
    """The URL taken apart, if the shop may turn to such a one at all; names are not resolved yet.

    :raises Refused: it has another scheme, has a password in it, or names an address that is not public
    """
    is_visible = url.isascii() and not any(ord(mark) <= 32 or mark in '\\"<>^`{|}\x7f' for mark in url)
    if len(url) > rules.longest or not is_visible:
        raise Refused(f"an address is at most {rules.longest} visible ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("it cannot be read as an address") from error
    _check_form(parts, rules)
    host = (parts.hostname or "").rstrip(".")
    literal = _literal(host)
    if literal is not None:
        check_public(literal, rules)
    elif "[" in parts.netloc or not _is_name(host, rules):
        raise Refused("its host is neither a name nor an address in its usual form")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port if port is not None else PORTS[parts.scheme], path)


def _check_form(parts: SplitResult, rules: Rules) -> None:
    if parts.scheme not in rules.schemes:
        raise Refused(f"nothing is asked but over {' or '.join(rules.schemes)}")
    if "@" in parts.netloc:
        raise Refused("no name or password stands in an address")
    if parts.port == 0 or parts.fragment:
        raise Refused("it has a port or a fragment that nobody can ask for")


def _literal(host: str) -> Address | None:
    """The address, if the host is one in its usual form; octal, hexadecimal and short forms are none."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_name(host: str, rules: Rules) -> bool:
    """A name of several parts, of which the last is not a number: resolvers take numbers for addresses."""
    parts = host.split(".")
    if len(host) > 253 or len(parts) < 2 or parts[-1] in ("localhost", "local", "internal", "home", "lan"):
        return bool(rules.networks) and host == "localhost"
    last_is_number = parts[-1].isdigit() or parts[-1].lower().startswith("0x")
    return not last_is_number and all(
        0 < len(part) <= 63 and part.replace("-", "").replace("_", "").isalnum() for part in parts
    )


def resolved(target: Target, rules: Rules) -> Address:
    """An address of the target at this moment, to which a connection is then made, and to no other.

    :raises Refused: one of its addresses is not public: then none of them is trusted
    :raises OSError: it has none
    """
    literal = _literal(target.host)
    found = [literal] if literal is not None else _looked_up(target)
    for address in found:
        check_public(address, rules)
    return found[0]


def _looked_up(target: Target) -> Sequence[Address]:
    answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]


def check_public(address: Address, rules: Rules) -> None:
    """Let through what everybody can reach, and what the rules admit besides.

    :raises Refused: it is anything else
    """
    if any(address in ip_network(network) for network in rules.networks):
        return
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:  # mapped, NAT64, local, multicast
        raise Refused("its address is not public")
    if not address.is_global or any(address in network for network in NEVER):
        raise Refused("its address is not public")
