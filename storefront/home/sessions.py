"""Who is signed in, read from a session that belongs to somebody else's request: nothing is renewed or ended here."""

from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.utils.crypto import constant_time_compare

from storefront.home.standing import standing


class SignedIn(NamedTuple):
    """second_factor_at: Unix time; None if none is asked of them."""

    user: Any
    second_factor_at: float | None


def staff_of(session_key: str) -> SignedIn | None:
    """The operator who is signed in with this session, as Django's own `get_user` would say; None if nobody is.

    Who owes a second factor is not signed in.
    """
    kept = import_module(settings.SESSION_ENGINE).SessionStore(session_key).load()
    backend = kept.get(BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(backend).get_user(kept[SESSION_KEY])
    if user is None or not (user.is_active and user.is_staff):
        return None
    right = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    told = kept.get(HASH_SESSION_KEY, "")
    if not any(constant_time_compare(told, each) for each in right):
        return None
    found = standing(kept, user)
    return SignedIn(user, found.passed_at) if found.is_let_in else None
