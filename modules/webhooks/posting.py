"""One request to an endpoint: to the address that was looked at, once, no further, and not for long."""

from typing import NamedTuple

from modules.webhooks.targets import Target, rules
from storefront.outside.asking import answered

WHOLE_SECONDS = 15.0
"""From the first byte sent to the last byte read, however slowly they come."""
KEPT_BYTES = 500


class Reply(NamedTuple):
    """What an endpoint answered. body: its first bytes."""

    status: int
    body: bytes
    retry_after: str


def post(target: Target, body: bytes, headers: dict[str, str]) -> Reply:
    """POST to the target. A redirect is an answer like any other; it is not followed.

    :raises Refused: the target's address is not public at this moment
    :raises OSError: nobody answered, in time or in HTTP
    """
    with answered("POST", target, rules(), seconds=WHOLE_SECONDS, body=body, headers=headers) as answer:
        return Reply(answer.status, answer.read(KEPT_BYTES), answer.getheader("Retry-After", ""))
