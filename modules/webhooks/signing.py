"""How messages are signed: Standard Webhooks, with the present secret and, during a rotation, the one before."""

import base64
import secrets
from datetime import UTC, datetime

import msgspec
from standardwebhooks import Webhook

from modules.webhooks.models import Endpoint, Fact
from storefront import sealing

PURPOSE = "webhook secret"
SECRET_BYTES = 32


def new_secret() -> str:
    """As the standard writes it: whsec_ and base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def sealed(secret: str) -> str:
    """As it is kept."""
    return sealing.sealed(secret, purpose=PURPOSE)


def present_secret(endpoint: Endpoint) -> str:
    """The one that signs first."""
    return sealing.opened(endpoint.secret, purpose=PURPOSE)


def body_of(fact: Fact) -> bytes:
    """What is sent of a fact: the same bytes at each attempt."""
    data = msgspec.Raw(fact.payload.encode())
    return msgspec.json.encode({"id": fact.event_id, "type": fact.name, "timestamp": fact.occurred_at, "data": data})


def headers_for(endpoint: Endpoint, fact: Fact, body: bytes, *, now: datetime) -> dict[str, str]:
    """Signed at the real present: the receiver's clock is not ours to turn. now: decides which secrets hold."""
    holding = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
        holding.append(endpoint.old_secret)
    at, text = datetime.now(UTC), body.decode()
    signatures = [Webhook(sealing.opened(each, purpose=PURPOSE)).sign(fact.event_id, at, text) for each in holding]
    return {
        "Content-Type": "application/json", "User-Agent": "Storefront-Webhooks/1", "Connection": "close",
        "webhook-id": fact.event_id, "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
