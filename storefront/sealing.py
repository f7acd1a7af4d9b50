"""Small secrets at rest: sealed in a database, opened only by processes that have the shop's keys.

`STOREFRONT_SEALING_KEYS` lists keys, the newest first: that one seals, all of them open, so that keys rotate while
processes of both ages run. Without the setting `SECRET_KEY` and `SECRET_KEY_FALLBACKS` stand in.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotOpen(ValueError):
    """No key of this shop opens it, or it was sealed for another purpose."""


def sealed(text: str, *, purpose: str) -> str:
    """`text`, encrypted and authenticated under the newest key. purpose: what opens it must name the same."""
    return _box(purpose).encrypt(text.encode()).decode()


def opened(text: str, *, purpose: str) -> str:
    """What was sealed.

    :raises CannotOpen: no present key, or not this purpose
    """
    try:
        return _box(purpose).decrypt(text.encode()).decode()
    except InvalidToken as error:
        raise CannotOpen(f"No present key opens this {purpose}.") from error


def sealed_anew(text: str, *, purpose: str) -> str:
    """The same content under the newest key, so that an older key can go.

    :raises CannotOpen: no present key, or not this purpose
    """
    return sealed(opened(text, purpose=purpose), purpose=purpose)


def _box(purpose: str) -> MultiFernet:
    keys: list[str] = settings.STOREFRONT_SEALING_KEYS or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    """A key of its own for each purpose, of the size that the cipher wants."""
    made = hmac.new(key.encode(), f"storefront.sealing.{purpose}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made.digest())
