"""Every module's audit log in the back office: to read, never to write."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.decorators import display

from storefront import clock
from storefront.backoffice import chain
from storefront.backoffice.export import as_csv
from storefront.backoffice.log import HOME, OUTCOMES, log_of, readable
from storefront.backoffice.window import Window
from storefront.topology import modules_here

FEW, MOST = 3, 120
"""Changes, and characters of them, that a list shows of one row."""


class ObjectTypeFilter(admin.SimpleListFilter):
    """Rows by what they are about."""

    title = "object"
    parameter_name = "object_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The module's models that can be changed or acted upon."""
        log = model_admin.opts.app_label
        registered = [model for model in model_admin.admin_site._registry if log_of(model._meta.app_label) == log]
        names = [(str(model._meta.model_name), str(model._meta.verbose_name).capitalize()) for model in registered]
        return sorted(pair for pair in names if pair[0] != model_admin.opts.model_name)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(object_type=self.value()) if self.value() else queryset


class AuditLogAdmin(Window, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Newest first; who, what, on which object, with which outcome, from what to what."""

    list_display = ("when", "who", "done", "object_link", "outcome_label", "summary")
    list_filter = ("outcome", ObjectTypeFilter, "at")
    search_fields = ("operator__exact", "object_id__exact", "request_id__exact", "command__exact")
    actions = ["export"]
    search_help_text = "A whole user name, object id, request id, or command such as checkout.cancel"
    ordering = ("-id",)
    fields = (
        ("when", "who"), ("done", "command"), ("object_type", "object_link"), ("outcome_label", "detail"), "changed",
        "request_id", "seal",
    )
    readonly_fields = (
        "when", "who", "done", "command", "object_type", "object_link", "outcome_label", "detail", "changed",
        "request_id", "seal",
    )

    @admin.action(description="Export the chosen rows as CSV")
    def export(self, request: HttpRequest, chosen: Any) -> StreamingHttpResponse:
        """All that the filters leave, if all are chosen."""
        name = f"audit-log-{self.opts.app_label}-{clock.now():%Y-%m-%d}"
        return as_csv(chosen.order_by("id").iterator(chunk_size=chain.CHUNK), name=name)

    @display(description="At (UTC)", ordering="id")  # type: ignore[untyped-decorator]
    def when(self, entry: Any) -> str:
        """To the second."""
        return f"{entry.at:%Y-%m-%d %H:%M:%S}"

    @display(description="Action", ordering="action")  # type: ignore[untyped-decorator]
    def done(self, entry: Any) -> str:
        """As words."""
        return str(entry.action).replace("_", " ")

    @display(description="Operator", ordering="operator")  # type: ignore[untyped-decorator]
    def who(self, entry: Any) -> str:
        """The name that they sign in with, and their own."""
        return f"{entry.operator} ({entry.operator_name})" if entry.operator_name else str(entry.operator)

    @display(description="Object")  # type: ignore[untyped-decorator]
    def object_link(self, entry: Any) -> str | SafeString:
        """Leads to the object while it is there."""
        name = entry.object_name or entry.object_id or "-"
        try:
            kind = f"{self._app_of(entry.object_type)}_{entry.object_type}"
            page = reverse(f"admin:{kind}_change", args=[entry.object_id])
        except NoReverseMatch:
            return str(name)
        return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', page, name)

    def _app_of(self, object_type: str) -> str:
        """Home's log tells of several apps' rows."""
        models = (model._meta for model in self.admin_site._registry)
        found = (
            meta.app_label for meta in models
            if meta.model_name == object_type and log_of(meta.app_label) == self.opts.app_label
        )
        return str(next(found, self.opts.app_label))

    @display(description="Outcome", ordering="outcome", label=OUTCOMES)  # type: ignore[untyped-decorator]
    def outcome_label(self, entry: Any) -> str:
        return str(entry.outcome)

    @display(description="Changes")  # type: ignore[untyped-decorator]
    def summary(self, entry: Any) -> str:
        """The first few, or why not."""
        if entry.detail:
            return Truncator(entry.detail).chars(MOST)
        changes = readable(entry.changes)
        more = f", {len(changes) - FEW} more" if len(changes) > FEW else ""
        return Truncator(", ".join(f"{name}: {change}" for name, change in changes[:FEW])).chars(MOST) + more or "-"

    @display(description="Changes")  # type: ignore[untyped-decorator]
    def changed(self, entry: Any) -> str | SafeString:
        """All of them, from what to what."""
        lines = format_html_join("", "<li><strong>{}</strong>: {}</li>", readable(entry.changes))
        return format_html('<ul class="break-words">{}</ul>', lines) if lines else "-"

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """What is never changed has no history of its own."""
        return super().changeform_view(request, object_id, form_url, (extra_context or {}) | {"show_history": False})


for _log in (*modules_here(), HOME):
    admin.site.register(apps.get_model(_log, "AuditEntry"), AuditLogAdmin)
