"""Wrong settings of shipping are told at start."""

import os
from pathlib import Path
from typing import Any

from django.core.checks import Error, register
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from modules.shipping.carriers.sandbox import SECRETS_FROM, secrets
from modules.shipping.lettering import OWN


@register
def check_settings(**_options: Any) -> list[Error]:
    """E001: a webhook secret cannot be read. E002: the label's font is not there."""
    found: list[Error] = []
    for number, secret in enumerate(secrets(), start=1):
        try:
            Webhook(secret)
        except (ValueError, EmptyWebhookSecretError):
            found.append(
                Error(
                    f"{SECRETS_FROM}: secret {number} is not base64.", id="shipping.E001",
                    hint="Give whsec_ and 24 to 64 random bytes in base64; several between commas, the newest first.",
                )
            )
    font = os.environ.get(OWN)
    if font and not Path(font).is_file():
        found.append(
            Error(f"{OWN}: there is no file {font}.", id="shipping.E002", hint="Name a TrueType font, or unset it.")
        )
    return found
