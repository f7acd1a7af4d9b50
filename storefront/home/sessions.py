"""Who is signed in, read from a session that belongs to somebody else's request: nothing is renewed or ended here."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.utils.crypto import constant_time_compare


def staff_of(session_key: str) -> Any:
    """The operator who is signed in with this session, as Django's own `get_user` would say; None if nobody is."""
    kept = import_module(settings.SESSION_ENGINE).SessionStore(session_key).load()
    backend = kept.get(BACKEND_SESSION_KEY)
    if backend not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(backend).get_user(kept[SESSION_KEY])
    if user is None or not (user.is_active and user.is_staff):
        return None
    right = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    told = kept.get(HASH_SESSION_KEY, "")
    return user if any(constant_time_compare(told, each) for each in right) else None
