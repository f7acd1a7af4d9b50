"""Ids: opaque, prefixed, sortable by time, and unguessable (80 bits of chance, as a ULID)."""

import secrets
import time
from threading import Lock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_lock = Lock()
_last = 0


def new_id(prefix: str) -> str:
    """A fresh id such as `ord_01JD...`: prefix, 48 bits of milliseconds, 80 bits of chance."""
    return f"{prefix}_{ulid()}"


def ulid() -> str:
    """26 characters of Crockford's base 32, rising within a process. Source: the ULID specification."""
    global _last
    with _lock:
        number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
        _last = number = number if number > _last else _last + 1 + secrets.randbits(64)
    return "".join([_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)])


def secret_id(prefix: str) -> str:
    """An id that is somebody's right to a thing: 48 bits of milliseconds, 130 of chance.

    No id tells anything of the next, be it of the same millisecond: a ULID's neighbour could be 64 bits away.
    """
    number = (time.time_ns() // 1_000_000) << 130 | secrets.randbits(130)
    return f"{prefix}_" + "".join([_ALPHABET[(number >> shift) & 31] for shift in range(175, -1, -5)])
