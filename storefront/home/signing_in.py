"""Signing in: a password, then a code. Nobody is signed in before both were right."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, load_backend, login
from django.contrib.auth.views import LoginView
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from storefront import clock
from storefront.home import events
from storefront.home.factor import factor_of, is_required
from storefront.home.standing import MARK, mark_of

PENDING = "signing_in"
"""In a session: who gave the right password, and when."""
PENDING_FOR = timedelta(minutes=10)
TOO_MANY_REQUESTS = 429


class SignIn(LoginView):
    """Django's, up to the password."""

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        where = self.get_success_url()
        if not is_required() and factor_of(user) is None:
            enter(self.request, user, user.backend)
            return redirect(where)
        Pending.begin(self.request, user, where)
        return redirect(reverse("admin:second_factor"))

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if any(error.code == "locked" for error in form.non_field_errors().as_data()):
            response.status_code = TOO_MANY_REQUESTS
        return response


class Pending:
    """Somebody who gave the right password and still owes a code: known to the session, and not signed in."""

    def __init__(self, user: Any, backend: str, where: str) -> None:
        self.user, self.backend, self.where = user, backend, where

    @staticmethod
    def begin(request: HttpRequest, user: Any, where: str) -> None:
        """In a session with a new key: whoever planted the old one stays outside."""
        request.session.flush()
        request.session[PENDING] = {
            "user": str(user.pk), "backend": user.backend, "hash": user.get_session_auth_hash(), "where": where,
            "at": clock.now().timestamp(),
        }

    @classmethod
    def of(cls, request: HttpRequest) -> "Pending | None":
        """Who is at the door of this session; None after ten minutes, or after their password was changed."""
        kept = request.session.get(PENDING)
        if kept is None or clock.now().timestamp() - kept["at"] > PENDING_FOR.total_seconds():
            return None
        user: Any = load_backend(kept["backend"]).get_user(kept["user"])
        if user is None or not user.is_staff or not _is_of(user, kept["hash"]):
            return None
        return cls(user, kept["backend"], kept["where"])

    def come_in(self, request: HttpRequest) -> None:
        """Both were right."""
        request.session.pop(PENDING, None)
        enter(request, self.user, self.backend)


def _is_of(user: Any, told: str) -> bool:
    """Whether the password is still that of then; the shop's secret key may have been rotated meanwhile."""
    right = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(told, each) for each in right)


def enter(request: HttpRequest, user: Any, backend: str) -> None:
    """Open a session, under a new key."""
    login(request, user, backend=backend)
    mark(request, user)
    events.told("sign in", user, request=request)


def mark(request: HttpRequest, user: Any) -> None:
    """Write down in the session that the device was at hand just now."""
    found = mark_of(user)
    if found:
        request.session[MARK] = found


def safe(request: HttpRequest, where: str) -> str:
    """A path of this host to go on to; the index for anything else."""
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(where, allowed_hosts=hosts, require_https=request.is_secure())
    return where if where and is_ours else reverse("admin:index")


def end_sessions(user: Any) -> int:
    """End every session that somebody has open; other processes learn of it as of any sign-out. Returns how many."""
    engine, count = import_module(settings.SESSION_ENGINE), 0
    for row in Session.objects.filter(expire_date__gt=clock.now()).iterator():
        kept = row.get_decoded()
        owner = kept.get(SESSION_KEY) or kept.get(PENDING, {}).get("user")
        if owner == str(user.pk):
            engine.SessionStore(row.session_key).delete()
            count += 1
    return count
