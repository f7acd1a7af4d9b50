"""One back office, whichever process shows it: its own pages, and links to those of the others."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.http import urlencode
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from storefront.backoffice.acting import current_act
from storefront.backoffice.audited import audited
from storefront.backoffice.conditional import conditional
from storefront.backoffice.sections import sections_elsewhere
from storefront.backoffice.stepping_up import FreshFactorNeeded, is_let_in
from storefront.cards import NO_FREE_TEXT, field_has_card
from storefront.topology import is_home, modules_here, topology


class BackOffice(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """Every admin class writes its audit log, and over nothing that it did not show; what is of identity is at home."""

    index_title = "Back office"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """As Django does it; of what is no module's, only where identity is at home."""
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        for model in models:
            if model._meta.app_label in modules_here() or is_home():
                super().register(model, audited(conditional(admin_class or ModelAdmin)), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff who have given all that this shop asks of them."""
        return bool(super().has_permission(request)) and is_let_in(request)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Whatever needs a fresh second factor leads to where it is given."""

        @wraps(view)
        def attended(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and _has_card(request):
                return _no_cards()
            try:
                return view(request, *args, **kwargs)
            except FreshFactorNeeded as needed:
                act = current_act()
                if act is not None:
                    act.tell_of_the_rest(outcome="forbidden", detail=str(needed))
                if request.method == "POST":
                    messages.warning(request, f"{needed} Then send it again: nothing was done.")
                return redirect(f"/admin/second-factor/?{urlencode({'next': request.path})}")

        shown: Callable[..., HttpResponse] = super().admin_view(attended, cacheable)
        return shown

    def get_urls(self) -> list[Any]:
        """With the pages of the second factor and of people, at home."""
        from storefront.home import pages
        from storefront.personal import pages as personal

        own = {
            "second-factor/": (pages.second_factor, "second_factor"),
            "second-factor/enrol/": (pages.enrol, "enrol_second_factor"),
            "security/": (pages.security, "security"),
        }
        made = [path(route, self._at_home(page), name=name) for route, (page, name) in own.items()]
        person = self.admin_view(self._at_home(personal.person))
        made += [path("personal/person/", person, name="person"), path("personal/", lambda _: redirect("admin:person"))]
        return [*made, *super().get_urls()]

    def _at_home(self, page: Callable[..., HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        shown = partial(page, site=self)
        return lambda request: shown(request) if is_home() else _misdirected()

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """What this person may see, of every module of the shop."""
        here: list[dict[str, Any]] = super().get_app_list(request, app_label)
        if app_label is not None:
            return here
        labels = {model._meta.label_lower for model in self._registry}
        shown: list[dict[str, Any]] = [*here, *sections_elsewhere(request, labels)]
        for app in shown:
            app["models"].sort(key=lambda model: str(model["admin_url"]).endswith("/auditentry/"))  # last
        return sorted(shown, key=lambda app: str(app["name"]).lower())

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A password, and then a code."""
        if not is_home():
            return _misdirected()
        from storefront.home.signing_in import SignIn

        if request.method == "GET" and self.has_permission(request):
            return redirect(reverse("admin:index"))
        context = self.each_context(request) | {
            "title": "Log in", "subtitle": None, "app_path": request.get_full_path(),
            "username": request.user.get_username(),
        } | (extra_context or {})
        request.current_app = self.name
        page: Any = SignIn.as_view(
            extra_context=context, authentication_form=self.login_form, template_name="admin/login.html",
            next_page="admin:index",
        )
        shown: HttpResponse = page(request)
        return shown

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not is_home():
            return _misdirected()
        from storefront.home import events

        if request.method == "POST" and request.user.is_authenticated:
            events.told("sign out", request.user, request=request)
        shown: HttpResponse = super().logout(request, extra_context)
        return shown

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not is_home():
            return _misdirected()
        from storefront.home import events

        response: HttpResponse = super().password_change(request, extra_context)
        if response.status_code == 302:
            events.told("change their password", request.user, request=request)
        return response


def _has_card(request: HttpRequest) -> bool:
    """Whether somebody typed a card number; the digits of a barcode or a telephone are none."""
    return any(
        field_has_card(_kind_of(name), text) for name, texts in request.POST.lists() for text in texts
        if name != "csrfmiddlewaretoken"
    )


def _kind_of(name: str) -> str:
    """What a field is about: `variants-0-barcode` is a `barcode`."""
    return next((kind for kind in NO_FREE_TEXT if name.endswith(kind)), name)


def _no_cards() -> HttpResponse:
    return HttpResponse(
        "A card number is among what was sent. Nothing was stored; go back and take it out: card data does not"
        " belong here.", status=422, content_type="text/plain",
    )


def _misdirected() -> HttpResponse:
    """What a gateway sees that sends a sign-in to the wrong process."""
    return HttpResponse(
        f"Operators sign in at the process {topology().home.name}. Route this path there.", status=421,
        content_type="text/plain",
    )


def own_pages(_request: HttpRequest) -> list[dict[str, str]]:
    """In the menu of the person who is signed in."""
    return [{"title": "Sign-in and security", "link": "/admin/security/"}]


def strict_scripts(_request: HttpRequest) -> str:
    """Stricter than the theme's own."""
    return static("backoffice/strict.js")


def narrow_styles(_request: HttpRequest) -> str:
    """Where the theme is too tight for a telephone."""
    return static("backoffice/narrow.css")


def icon(_request: HttpRequest) -> str:
    """In the browser's tab; without one, browsers ask for a file that is not there, at every sign-in."""
    return static("backoffice/icon.svg")
