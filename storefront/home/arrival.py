"""Operators who come to another process than the one where they signed in."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from storefront.home.asking import Asked, question
from storefront.home.claim import StaffClaim
from storefront.interface import Unavailable


def home_cookie() -> str:
    """Of the session at home; the process here has a cookie of another name, lest it ends that one."""
    return str(settings.STOREFRONT_HOME_COOKIE)


staff_asked = Asked("/_identity/staff", StaffClaim)


class Staff:
    """An operator as home knows them: no row, no password, nothing to sign in with here."""

    is_authenticated = is_active = is_staff = True
    is_anonymous = False
    pk = id = None
    email = ""

    def __init__(self, claim: StaffClaim) -> None:
        self._claim = claim
        self.is_superuser = claim.is_superuser
        self.username = claim.username
        self.second_factor_at = claim.second_factor_at
        """Unix time; None if none is asked of them."""

    def __str__(self) -> str:
        return self._claim.username

    def get_username(self) -> str:
        """What they sign in with."""
        return self._claim.username

    def get_full_name(self) -> str:
        """Their own name, perhaps empty."""
        return self._claim.full_name

    def get_short_name(self) -> str:
        """For the greeting."""
        return self._claim.full_name.partition(" ")[0]

    def has_usable_password(self) -> bool:
        """At home, where it is changed."""
        return True

    def get_all_permissions(self, obj: Any = None) -> set[str]:
        """Those that are listed; a superuser has them all without."""
        return set(self._claim.permissions)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """perm: such as `checkout.change_order`."""
        return self.is_superuser or perm in self._claim.permissions

    def has_perms(self, perms: list[str], obj: Any = None) -> bool:
        """All of them."""
        return all(self.has_perm(perm) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        """Any of the module's."""
        return self.is_superuser or any(perm.startswith(f"{app_label}.") for perm in self._claim.permissions)


def staff_arriving(request: HttpRequest) -> Staff | None:
    """The operator whose session at home this request carries.

    :raises Unavailable: home does not say
    """
    asked = _asked(request)
    claim = (staff_asked.kept(asked) or staff_asked.ask(asked)) if asked else None
    return Staff(claim) if claim else None


def asked_again(request: HttpRequest) -> float | None:
    """When they gave a second factor last, as home says now; what it said some seconds ago may be out of date.

    :raises PermissionDenied: home does not say, or does not know them any more
    """
    asked = _asked(request)
    try:
        claim = staff_asked.ask(asked) if asked else None
    except Unavailable as error:
        raise PermissionDenied(f"{error}") from error
    if claim is None:
        raise PermissionDenied
    return claim.second_factor_at


def _asked(request: HttpRequest) -> bytes | None:
    """The question whose session this is, if it could be one."""
    session = request.COOKIES.get(home_cookie(), "")
    return question(session=session) if 8 <= len(session) <= 64 and session.isalnum() else None


class StaffArrives:
    """Takes the place of Django's AuthenticationMiddleware in a process that is not home."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = None
        if request.path_info.startswith("/admin/"):
            try:
                user = staff_arriving(request)
            except Unavailable:
                return HttpResponse(
                    "Nobody can say at this moment who is signed in. Try again in a few seconds.",
                    content_type="text/plain", status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"},
                )
        request.user = user or AnonymousUser()
        return self.get_response(request)
