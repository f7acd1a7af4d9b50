"""Asking the home process who somebody is, and believing it for some seconds."""

import hashlib
import threading
import time
from typing import Generic, TypeVar

import msgspec
from django.conf import settings

from storefront.calls import identity
from storefront.calls.callee import callee_of
from storefront.calls.connection import Lost, NotSent
from storefront.home.claim import BadClaim, Claim, opened
from storefront.interface import Unavailable
from storefront.topology import topology

TIMEOUT_SECONDS = 2.0
MOST = 10_000
"""Claims that a process keeps."""

C = TypeVar("C", bound=Claim)


class Asked(Generic[C]):
    """What home said lately on one kind of question. Only a yes is kept: who is unknown now may be known at once."""

    def __init__(self, path: str, kind: type[C]) -> None:
        self._path, self._kind = path, kind
        self._kept: dict[str, tuple[C, float]] = {}
        self._lock = threading.Lock()

    def kept(self, question: bytes) -> C | None:
        """What home said of it less than `STOREFRONT_CLAIM_SECONDS` ago."""
        found = self._kept.get(about(question))
        return found[0] if found and found[1] > time.monotonic() else None

    def ask(self, question: bytes) -> C | None:
        """What home says of it now; None is a no.

        :raises Unavailable: home does not answer, or not as home would
        """
        until, subject = time.monotonic() + settings.STOREFRONT_CLAIM_SECONDS, about(question)
        text = asked(self._path, question)
        if text is None:
            return None
        try:
            claim = opened(text, self._kind, about=subject)
        except BadClaim as error:
            raise Unavailable(f"What answers as {topology().home.name} cannot be believed: {error}") from error
        self._keep(subject, claim, until)
        return claim

    def forget(self) -> None:
        """Ask anew; tests."""
        self._kept.clear()

    def _keep(self, subject: str, claim: C, until: float) -> None:
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept = {key: found for key, found in self._kept.items() if found[1] > time.monotonic()}
            if len(self._kept) < MOST:
                self._kept[subject] = claim, until


def asked(path: str, question: bytes) -> str | None:
    """One signed request to the home process; None if it knows nobody like that.

    :raises Unavailable: no answer, or an unexpected one
    """
    home = topology().home
    callee, until = callee_of(home), time.monotonic() + TIMEOUT_SECONDS
    headers = identity.sign("POST", path, question) | {"Content-Type": "application/json"}
    with callee.place():
        try:
            reply = callee.connections.exchange("POST", path, question, headers, until=until)
        except (NotSent, Lost) as error:
            callee.breaker.failed()
            raise Unavailable(f"{home.name}, where identity is kept: {error}") from error
        callee.breaker.succeeded()
    if reply.status == 404:
        return None
    if reply.status != 200:
        raise Unavailable(f"{home.name}, where identity is kept, answered {reply.status}.")
    return reply.body.decode()


def question(**facts: str) -> bytes:
    """A question to home, as it travels."""
    return msgspec.json.encode(facts, order="sorted")


def about(body: bytes) -> str:
    """What a claim says it is about: a hash of the question, which may be a secret itself."""
    return hashlib.sha256(body).hexdigest()
