"""Whether a machine's key still holds, and for what: asked by its prefix, which is no secret, on behalf of what the
machine has left behind, such as an address to which facts are sent."""

import msgspec

from storefront.home.asking import Asked, question
from storefront.home.claim import MachineClaim
from storefront.topology import is_home

keys_asked = Asked("/_identity/keys", MachineClaim)


class KeyQuestion(msgspec.Struct):
    """prefix: what stands in the key between `sk_` and its secret."""

    prefix: str


def scopes_of(prefix: str) -> set[str] | None:
    """What the key with this prefix may do; None if it was revoked or never was.

    Elsewhere than at home an answer is believed for `STOREFRONT_CLAIM_SECONDS`.

    :raises Unavailable: keys are kept by another process, and it does not answer
    """
    if is_home():
        return scopes_here(prefix)
    asked = question(prefix=prefix)
    claim = keys_asked.kept(asked) or keys_asked.ask(asked)
    return set(claim.scopes) if claim else None


def scopes_here(prefix: str) -> set[str] | None:
    """The same, of a key that is kept in this process's own database."""
    from storefront.rest.models import ApiKey

    row = ApiKey.objects.filter(prefix=prefix, revoked_at=None).first()
    return None if row is None else set(row.scopes.split())
