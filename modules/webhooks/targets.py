"""Where facts may be sent: public addresses over https. Looked at when an endpoint is made, and again at each sending.

`WEBHOOK_HTTP_TARGETS` admits http; `WEBHOOK_TARGET_NETWORKS` lists further networks, such as that of an ERP inside.
"""

from django.conf import settings

from storefront.outside import target as outside
from storefront.outside.target import Refused, Rules, Target

__all__ = ["Refused", "Target", "rules", "target_of"]

LONGEST = 500


def rules() -> Rules:
    """What the shop's settings admit."""
    return Rules(
        schemes=("https", "http") if settings.WEBHOOK_HTTP_TARGETS else ("https",),
        networks=settings.WEBHOOK_TARGET_NETWORKS, longest=LONGEST,
    )


def target_of(url: str) -> Target:
    """The URL taken apart, if facts may be sent to such a one at all; names are not resolved yet.

    :raises Refused: it is not https, has a password in it, or names an address that is not public
    """
    return outside.target_of(url, rules())
