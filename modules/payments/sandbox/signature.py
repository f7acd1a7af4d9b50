"""How the bank signs its webhooks, and how the shop verifies them: Standard Webhooks, symmetric.

The setting `PAYMENT_SANDBOX_WEBHOOK_SECRETS` (or the environment variable of that name, comma-separated) lists secrets:
the first signs, all verify, so that a secret can be rotated. Without it they derive from Django's secret keys.
"""

import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

SETTING = "PAYMENT_SANDBOX_WEBHOOK_SECRETS"


def secrets() -> list[str | bytes]:
    """The secrets that hold now; the first one signs."""
    listed = getattr(settings, SETTING, None) or [s for s in os.environ.get(SETTING, "").split(",") if s]
    if listed:
        return list(listed)
    return [
        hmac.digest(key.encode(), b"payments.sandbox.webhook", hashlib.sha256)
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


def signed(event_id: str, body: bytes) -> dict[str, str]:
    """The headers that go with `body`, signed at the real present: the receiver's clock is not ours to turn."""
    at = datetime.now(UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secrets()[0]).sign(event_id, at, body.decode()),
    }


def is_genuine(body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether one of the secrets signed exactly these bytes within the last 5 minutes."""
    return any(_verifies(secret, body, headers) for secret in secrets())


def _verifies(secret: str | bytes, body: bytes, headers: Mapping[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, binascii.Error, ValueError):  # ValueError: header or body is no such text
        return False
    return True
