"""Codes of an authenticator app: RFC 6238 with the values that every app knows (SHA-1, 6 digits, 30 seconds)."""

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

DIGITS, STEP_SECONDS = 6, 30
SECRET_BYTES = 20
DRIFT_STEPS = 1
"""How far the clock of a telephone may be off."""


def new_secret() -> str:
    """160 random bits, as apps want them: base 32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_of(secret: str, step: int) -> str:
    """The code of one time step. Source: RFC 4226, section 5.3."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at:at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10 ** DIGITS:0{DIGITS}}"


def step_at(now: datetime) -> int:
    """The number of the time step that an instant lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """The step whose code this is, of those that count at this moment; all of them are compared in any case."""
    found = None
    for step in range(step_at(now) - DRIFT_STEPS, step_at(now) + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode()):
            found = step
    return found


def address(secret: str, *, account: str, issuer: str) -> str:
    """What the picture says that an app scans."""
    asked = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{asked}"
