"""One back office, whichever process shows it: its own pages, and links to those of the others."""

from typing import Any

from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from storefront.backoffice.audited import audited
from storefront.backoffice.sections import sections_elsewhere
from storefront.topology import is_home, modules_here, topology


class BackOffice(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """Every admin class of a module writes its audit log; sign-in, users and keys are the home process's."""

    index_title = "Back office"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """As Django does it; of what is no module's, only where identity is at home."""
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        for model in models:
            if model._meta.app_label in modules_here():
                super().register(model, audited(admin_class or ModelAdmin), **options)
            elif is_home():
                super().register(model, admin_class, **options)

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
        return super().login(request, extra_context) if is_home() else _misdirected()

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().logout(request, extra_context) if is_home() else _misdirected()

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().password_change(request, extra_context) if is_home() else _misdirected()


def _misdirected() -> HttpResponse:
    """What a gateway sees that sends a sign-in to the wrong process."""
    return HttpResponse(
        f"Operators sign in at the process {topology().home.name}. Route this path there.", status=421,
        content_type="text/plain",
    )


def narrow_styles(_request: HttpRequest) -> str:
    """Where the theme is too tight for a telephone."""
    return static("backoffice/narrow.css")
