"""The pages of the second factor: give a code, enrol a device, look after it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache

from storefront.home import events, factor, totp
from storefront.home.forms import CodeForm, EnrolForm
from storefront.home.picture import qr_code
from storefront.home.signing_in import TOO_MANY_REQUESTS, Pending, end_sessions, mark, safe
from storefront.home.standing import is_fresh, standing
from storefront.sealing import CannotOpen, opened, sealed

NEW_SECRET = "new_second_factor"  # noqa: S105  # its name in a session
PURPOSE = "new second factor"


class Visitor(NamedTuple):
    """Whom a page is for. pending: they are not signed in yet."""

    user: Any
    pending: Pending | None
    passed_at: float | None


Page = Callable[[HttpRequest, Any], HttpResponse]


def for_visitors(page: Callable[[HttpRequest, Any, Visitor], HttpResponse]) -> Page:
    """A page for who has given the right password, or is signed in; others are sent to the login."""

    @never_cache
    @wraps(page)
    def view(request: HttpRequest, site: Any) -> HttpResponse:
        visitor = _visitor(request)
        return page(request, site, visitor) if visitor else redirect(reverse("admin:login"))

    return view


def _visitor(request: HttpRequest) -> Visitor | None:
    pending = Pending.of(request)
    if pending:
        return Visitor(pending.user, pending, None)
    user: Any = request.user
    if not (user.is_active and user.is_staff):
        return None
    found = standing(request.session, user)
    return Visitor(user, None, found.passed_at) if found.is_let_in else None


@for_visitors
def second_factor(request: HttpRequest, site: Any, visitor: Visitor) -> HttpResponse:
    """Give a code: to come in, or to show once more that the device is at hand."""
    if factor.factor_of(visitor.user) is None:
        return redirect(reverse("admin:enrol_second_factor"))
    form = CodeForm(request.POST or None, request=request, user=visitor.user)
    if not form.is_valid():
        where = request.POST.get("next", request.GET.get("next", ""))
        return _shown(request, site, "second_factor", form, next=where, is_coming_in=bool(visitor.pending))
    if form.accepted == "recovery code":
        left = factor.recovery_codes_left(visitor.user)
        events.told("use a recovery code", visitor.user, detail=f"{left} left.", request=request)
        messages.warning(request, f"That recovery code is used up; {left} are left.")
    if visitor.pending:
        visitor.pending.come_in(request)
        return redirect(visitor.pending.where)
    request.session.cycle_key()
    mark(request, visitor.user)
    return redirect(safe(request, request.POST.get("next", "")))


@for_visitors
def enrol(request: HttpRequest, site: Any, visitor: Visitor) -> HttpResponse:
    """Take up a device; a second one takes the place of the first, which must have been at hand just now."""
    has_one = factor.factor_of(visitor.user) is not None
    if has_one and (visitor.pending or not is_fresh(visitor.passed_at)):
        return redirect(f"{reverse('admin:second_factor')}?next={request.path}")
    secret = _new_secret(request)
    form = EnrolForm(request.POST or None, request=request, user=visitor.user, secret=secret)
    if not form.is_valid():
        picture = totp.address(secret, account=visitor.user.get_username(), issuer=_issuer())
        return _shown(
            request, site, "enrol", form, picture=mark_safe(qr_code(picture)),  # noqa: S308  # of numbers only
            secret=" ".join(secret[at:at + 4] for at in range(0, len(secret), 4)), has_one=has_one,
        )
    del request.session[NEW_SECRET]
    events.told("replace the second factor" if has_one else "enrol a second factor", visitor.user, request=request)
    where = reverse("admin:index")
    if visitor.pending:
        visitor.pending.come_in(request)
        where = visitor.pending.where
    else:
        request.session.cycle_key()
        mark(request, visitor.user)
    return _codes_shown(request, site, form.recovery_codes, where)


@for_visitors
def security(request: HttpRequest, site: Any, visitor: Visitor) -> HttpResponse:
    """What somebody can do about their own way in."""
    found = factor.factor_of(visitor.user)
    if visitor.pending:
        return redirect(reverse("admin:second_factor"))
    if request.method == "POST":
        return _secured(request, site, visitor)
    return _shown(
        request, site, "security", None, factor=found, left=factor.recovery_codes_left(visitor.user),
        is_required=factor.is_required(),
    )


def _secured(request: HttpRequest, site: Any, visitor: Visitor) -> HttpResponse:
    if "everywhere" in request.POST:
        count = end_sessions(visitor.user)
        events.told("sign out everywhere", visitor.user, detail=f"{count} sessions.", request=request)
        logout(request)
        return redirect(reverse("admin:login"))
    if visitor.passed_at is None or not is_fresh(visitor.passed_at):
        return redirect(f"{reverse('admin:second_factor')}?next={request.path}")
    codes = factor.fresh_recovery_codes(visitor.user)
    events.told("make new recovery codes", visitor.user, request=request)
    return _codes_shown(request, site, codes, reverse("admin:security"))


def _new_secret(request: HttpRequest) -> str:
    """The same one while the form is shown again; sealed, for sessions lie in the database."""
    try:
        return opened(request.session[NEW_SECRET], purpose=PURPOSE)
    except (KeyError, CannotOpen):
        secret = totp.new_secret()
        request.session[NEW_SECRET] = sealed(secret, purpose=PURPOSE)
        return secret


def _codes_shown(request: HttpRequest, site: Any, codes: list[str], where: str) -> HttpResponse:
    return _shown(request, site, "recovery_codes", None, codes=codes, where=where)


def _shown(request: HttpRequest, site: Any, name: str, form: Any, **facts: Any) -> HttpResponse:
    titles = {
        "second_factor": "Second factor", "enrol": "Set up a second factor", "recovery_codes": "Recovery codes",
        "security": "Sign-in and security",
    }
    context = site.each_context(request) | {"title": titles[name], "form": form, "subtitle": None} | facts
    is_locked = form is not None and any(error.code == "locked" for error in form.errors.as_data().get("code", ()))
    return TemplateResponse(
        request, f"home/{name}.html", context, status=TOO_MANY_REQUESTS if is_locked else 200
    )


def _issuer() -> str:
    """What an app shows above the code."""
    return str(settings.UNFOLD["SITE_TITLE"])
