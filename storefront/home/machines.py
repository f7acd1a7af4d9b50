"""Machine keys in a process that does not keep them."""

from typing import Any

from storefront.home.asking import Asked, question
from storefront.home.claim import MachineClaim
from storefront.rest.keys import Machine
from storefront.rest.throttle import is_spent

machines_asked = Asked("/_identity/machines", MachineClaim)


def machine_at_home(request: Any, prefix: str, secret_hash: str) -> Machine | None:
    """The machine of a key, as home said lately, or says now. Who guesses too often is not asked about.

    :raises Unavailable: home does not say
    """
    asked = question(prefix=prefix, secret_hash=secret_hash)
    claim = machines_asked.kept(asked)
    if claim is None and not is_spent(request, "credentials"):
        claim = machines_asked.ask(asked)
    return Machine(claim.name, prefix, frozenset(claim.scopes)) if claim else None
