"""Home's door for a question about a key that was left behind with something; 404 is a no."""

import msgspec

from storefront.home import claim
from storefront.home.asking import about
from storefront.home.claim import MachineClaim
from storefront.home.keyring import KeyQuestion, scopes_here
from storefront.home.views import _for_processes


@_for_processes
def key(body: bytes) -> MachineClaim | None:
    """What a key may do at this moment."""
    found = scopes_here(msgspec.json.decode(body, type=KeyQuestion).prefix)
    if found is None:
        return None
    return MachineClaim(about=about(body), issued_at=claim.now(), name="", scopes=tuple(sorted(found)))
