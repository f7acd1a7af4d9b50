"""Ids: opaque, prefixed, sortable by time, and unguessable (80 random bits, as a ULID)."""

import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32


def new_id(prefix: str) -> str:
    """A fresh id such as `ord_01JD...`: prefix, 48 bits of milliseconds, 80 bits of chance."""
    return f"{prefix}_{ulid()}"


def ulid() -> str:
    """26 characters of Crockford's base 32. Source: the ULID specification."""
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join([_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)])


def secret_id(prefix: str) -> str:
    """An id that is somebody's right to a thing: a ULID with 50 further random bits, 130 in all."""
    number = secrets.randbits(50)
    return new_id(prefix) + "".join([_ALPHABET[(number >> shift) & 31] for shift in range(45, -1, -5)])
