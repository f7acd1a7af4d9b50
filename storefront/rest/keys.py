"""Machine keys: `Authorization: Bearer sk_<prefix>_<secret>`, hashed at rest, scoped."""

import hashlib
import logging
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import DatabaseError
from rest_framework.authentication import BaseAuthentication

from storefront import clock
from storefront.rest.client import network_of
from storefront.rest.fault import Fault
from storefront.rest.throttle import admit, is_spent
from storefront.topology import is_home

if TYPE_CHECKING:
    from storefront.rest.models import ApiKey

log = logging.getLogger(__name__)

USE_NOTED_EVERY = timedelta(minutes=1)

_KEY = re.compile(r"sk_([a-z2-9]{8})_([A-Za-z0-9_-]{43})")
_SHOWN = re.compile(r"sk_([a-z2-9]{8})(?![a-z0-9])")
_SCOPE = re.compile(r"[a-z][a-z_]*:(?:read|write)")
_PREFIX_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class Machine(NamedTuple):
    """Who a key is."""

    name: str
    prefix: str
    scopes: frozenset[str]


def mint(*, name: str, scopes: Iterable[str]) -> "tuple[ApiKey, str]":
    """Make a key. Returns its row and the key itself, which is told this once.

    :raises ValueError: if a scope is not of the form `orders:read`
    """
    from storefront.rest.models import ApiKey

    wanted = checked_scopes(scopes)
    prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(8))
    secret = secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        name=name, prefix=prefix, secret_hash=_hash(secret), scopes=" ".join(wanted), created_at=clock.now()
    )
    return row, f"sk_{prefix}_{secret}"


def checked_scopes(scopes: Iterable[str]) -> list[str]:
    """The scopes in order, each once.

    :raises ValueError: if there is none, or one is not of the form `orders:read`
    """
    wanted = sorted(set(scopes))
    wrong = [scope for scope in wanted if not _SCOPE.fullmatch(scope)]
    if wrong or not wanted:
        raise ValueError(f"{', '.join(wrong) or 'Nothing'} is no scope; give such as orders:read or stock:write.")
    return wanted


def prefix_in(text: str) -> str:
    """The prefix of the first key that a text shows, in part or whole: of a log line, say. Empty if it shows none."""
    found = _SHOWN.search(text)
    return found[1] if found else ""


def revoke(prefix: str) -> bool:
    """End a key now. Returns whether there was one to end."""
    from storefront.rest.models import ApiKey

    return bool(ApiKey.objects.filter(prefix=prefix, revoked_at=None).update(revoked_at=clock.now()))


def machine_of(request: Any) -> Machine | None:
    """The machine that asks, or None without a key.

    In a process that shares no database with home, a revoked key ends within `STOREFRONT_CLAIM_SECONDS`.

    :raises Fault: 401 for a key that is malformed, unknown or revoked; 429 after too many of them. Who has tried too
        many secrets for one key is not let try another, be it the right one; other keys from there are
    :raises Unavailable: keys are kept by another process, and it does not answer
    """
    given: str | None = request.META.get("HTTP_AUTHORIZATION")
    if given is None:
        return None
    kind, _, token = given.partition(" ")
    key = _KEY.fullmatch(token.strip()) if kind.lower() == "bearer" else None
    guesser = f"{network_of(request)}/{key[1]}" if key else ""
    is_tried = key is not None and not is_spent(request, "credentials", client=guesser)
    machine = _known(request, key[1], _hash(key[2])) if key and is_tried else None
    if machine is None:
        admit(request, "credentials")
        if key:
            admit(request, "credentials", client=guesser)
        raise unauthenticated("The key is unknown or revoked.")
    return machine


def require_scope(machine: Machine | None, scope: str | None) -> None:
    """Let only machines with the scope pass.

    :raises Fault: 401 without a key, 403 if it lacks the scope
    """
    if scope is None:
        return
    if machine is None:
        raise unauthenticated("This needs a machine key: Authorization: Bearer sk_...")
    if scope not in machine.scopes:
        raise Fault(
            "insufficient_scope", f"The key lacks the scope {scope}.", status=403, members={"required_scope": scope}
        )


def unauthenticated(detail: str) -> Fault:
    """401, and how to do better."""
    return Fault("unauthenticated", detail, status=401, headers={"WWW-Authenticate": 'Bearer realm="storefront"'})


def machine_here(prefix: str, secret_hash: str) -> Machine | None:
    """The machine of a key that is kept in this process's own database; its use is noted."""
    from storefront.rest.models import ApiKey

    row = ApiKey.objects.filter(prefix=prefix, revoked_at=None).first()
    if row is None or not secrets.compare_digest(row.secret_hash, secret_hash):
        return None
    _note_use(row)
    return Machine(row.name, row.prefix, frozenset(row.scopes.split()))


def _known(request: Any, prefix: str, secret_hash: str) -> Machine | None:
    here = machine_here(prefix, secret_hash)
    if here or is_home():
        return here
    from storefront.home.machines import machine_at_home  # it stands on this module

    return machine_at_home(request, prefix, secret_hash)


def _note_use(row: "ApiKey") -> None:
    from storefront.rest.models import ApiKey

    now = clock.now()
    if row.last_used_at is not None and now - row.last_used_at < USE_NOTED_EVERY:
        return
    try:
        ApiKey.objects.filter(pk=row.pk, last_used_at=row.last_used_at).update(last_used_at=now)
    except DatabaseError as error:  # a note, not worth failing a request
        log.warning("The use of a key could not be noted.", exc_info=error)


def _hash(secret: str) -> str:
    """A plain hash is enough for 256 random bits: there is no dictionary to try."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKeyAuthentication(BaseAuthentication):
    """For DRF views that are not module views."""

    def authenticate(self, request: Any) -> tuple[None, Machine] | None:
        machine = machine_of(request)
        return None if machine is None else (None, machine)

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="storefront"'
