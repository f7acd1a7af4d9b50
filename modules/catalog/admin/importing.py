"""Imports in the admin: what they did, and a page to upload a file, on trial first."""

import io
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from modules.catalog.importing.history import History
from modules.catalog.importing.problem import FileRejected
from modules.catalog.importing.run import Done, Plan, Report, run_import
from modules.catalog.models import ImportProblem, ImportRun

MOST_BYTES = 5 * 1024 * 1024
MOST_SHOWN = 500


class UploadForm(forms.Form):
    """A file of products; larger ones, and those with pictures, come by `manage.py import_products`."""

    file = forms.FileField(widget=UnfoldAdminFileFieldWidget)
    location = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Where the quantities are; empty leaves stock alone.",
    )
    dry_run = forms.BooleanField(
        required=False, initial=True, widget=UnfoldBooleanSwitchWidget, label="Only say what would change"
    )

    def clean_file(self) -> Any:
        """Not too large to be read while a browser waits."""
        file = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError("Over 5 MiB; use manage.py import_products.")
        return file


class ProblemInline(TabularInline):  # type: ignore[misc]
    model = ImportProblem
    fields = ["line", "handle", "is_error", "code", "detail"]
    readonly_fields = fields
    extra = 0
    can_delete = False
    per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ImportRun)
class ImportRunAdmin(ModelAdmin):  # type: ignore[misc]
    """A window on past imports."""

    list_display = ["file_name", "started_at", "finished_at", "created", "updated", "unchanged", "failed"]
    search_fields = ["file_name", "problems__handle"]
    inlines = [ProblemInline]
    actions_list = ["upload"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @action(description="Import products", url_path="upload")  # type: ignore[untyped-decorator]
    def upload(self, request: HttpRequest) -> HttpResponse:
        """The page to upload a file."""
        if not request.user.has_perm("catalog.change_product"):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        context = {**self.admin_site.each_context(request), "title": "Import products", "form": form}
        if request.method == "POST" and form.is_valid():
            try:
                report, told = _import(form.cleaned_data)
            except FileRejected as rejected:
                form.add_error("file", str(rejected))
            else:
                if not form.cleaned_data["dry_run"]:
                    self.message_user(
                        request, f"{report.products} products read, {report.failed} failed.", messages.INFO
                    )
                    return redirect(reverse("admin:catalog_importrun_change", args=[report.id]))
                context |= {"report": report, "told": told}
        return render(request, "admin/catalog/upload.html", context)


def _import(wanted: dict[str, Any]) -> tuple[Report, list[Done]]:
    """Import an upload. Returns what changed or went wrong, the first 500 products of it."""
    plan = Plan(location=wanted["location"] or None, is_dry_run=wanted["dry_run"])
    report = Report()
    told: list[Done] = []
    text = io.TextIOWrapper(wanted["file"], encoding="utf-8-sig", errors="surrogateescape", newline="")
    done_products = run_import(text, plan, report)
    first = next(done_products, None)  # a file that is none leaves no trace
    history = None if plan.is_dry_run else History(report, str(wanted["file"].name))
    for done in [first, *done_products] if first else []:
        if history:
            history.note(done.problems)
        if len(told) < MOST_SHOWN and (done.problems or done.outcome != "unchanged"):
            told.append(done)
    if history:
        history.finish()
    return report, told
