"""A carrier without a contract: numbers with a check digit, labels of our own, signed webhooks."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from django.conf import settings
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from modules.shipping.carriers.protocol import ForgedSignature, Parcel, TrackingReport, UnreadableReport
from modules.shipping.label import draw_label

SECRETS_FROM = "SANDBOX_CARRIER_SECRETS"
"""Environment: `whsec_...` secrets, comma-separated, the newest first. All verify; the first signs."""

MAX_ID_LENGTH = 200
DIGITS = 15


class TrackingUpdated(msgspec.Struct, tag="tracking.updated", tag_field="type", frozen=True):
    """The body of the sandbox's webhook."""

    data: TrackingReport


class SandboxCarrier:
    """Offline, deterministic, and the default: a newcomer can ship, and a test can make it misbehave."""

    code = "sandbox"
    name = "Sandbox Parcel"
    is_remote = False

    def book(self, parcel: Parcel) -> str:
        """A number made from the shipment's id."""
        digest = hashlib.sha256(f"sandbox-parcel:{parcel.shipment_id}".encode()).digest()
        digits = f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}d}"
        return f"SBX{digits}{check_digit(digits)}"

    def cancel(self, tracking_number: str) -> None:
        """Nobody was told, so nobody need be."""

    def tracking_url(self, tracking_number: str) -> str:
        """A page that a real carrier would have; the domain is reserved for examples."""
        return f"https://sandbox-parcel.example/track/{tracking_number}"

    def label(self, parcel: Parcel, tracking_number: str) -> bytes:
        """Our own drawing."""
        return draw_label(parcel, carrier=self.name, tracking_number=tracking_number)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> str:
        """Try every secret of the rotation.

        :raises ForgedSignature: none fits, or the webhook is over five minutes old
        """
        for secret in secrets():
            try:
                Webhook(secret).verify(body, dict(headers), json_parse=False)
            except (WebhookVerificationError, ValueError):  # the library lets a garbled signature or body through raw
                continue
            event_id = {name.lower(): value for name, value in headers.items()}["webhook-id"]
            if len(event_id) <= MAX_ID_LENGTH:
                return event_id
        raise ForgedSignature

    def parse(self, body: bytes) -> TrackingReport:
        """Read JSON of `TrackingUpdated`.

        :raises UnreadableReport: it is something else, or its instant has no offset from UTC
        """
        try:
            report = msgspec.json.decode(body, type=TrackingUpdated).data
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadableReport(str(error)) from error
        if report.occurred_at.tzinfo is None:
            raise UnreadableReport("occurred_at has no offset from UTC.")
        return report

    def signed(self, report: TrackingReport, *, event_id: str) -> tuple[bytes, dict[str, str]]:
        """The body and headers of a webhook, as the sandbox sends it."""
        body = msgspec.json.encode(TrackingUpdated(data=report))
        sent_at = datetime.now(UTC)  # verified against the machine's clock, which no test turns
        signature = Webhook(secrets()[0]).sign(event_id, sent_at, body.decode())
        return body, {
            "content-type": "application/json", "webhook-id": event_id,
            "webhook-timestamp": str(int(sent_at.timestamp())), "webhook-signature": signature,
        }


def check_digit(digits: str) -> str:
    """The last digit of a number. Source: GS1's modulo 10, weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_sandbox_number(text: str) -> bool:
    """Whether `text` is a tracking number of the sandbox without a typing error."""
    digits = text.removeprefix("SBX")
    has_shape = text.startswith("SBX") and len(digits) == DIGITS + 1 and digits.isascii() and digits.isdigit()
    return has_shape and check_digit(digits[:-1]) == digits[-1]


def secrets() -> list[str]:
    """The webhook secrets in rotation, from the environment, else derived from Django's keys and their fallbacks."""
    configured = [secret.strip() for secret in os.environ.get(SECRETS_FROM, "").split(",") if secret.strip()]
    return configured or [_derived(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _derived(key: str) -> str:
    digest = hmac.new(key.encode(), b"shipping.sandbox-carrier.webhook", hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(digest).decode()
