"""What the follow-up pages share: ages, causes, who may act, and a question before what cannot be taken back."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.text import Truncator
from unfold.admin import ModelAdmin

from storefront.backoffice import Window
from storefront.backoffice.acting import current_act

SHORT = 160
"""Characters of a cause in a list."""


class FollowUp(Window, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A window whose actions mend."""

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may act on what is shown."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))

    def refused(self, request: HttpRequest, row: Any, why: str) -> None:
        """Say so to the operator, and in the audit log."""
        act = current_act()
        if act is not None:
            act.tell(object_id=str(row.pk), outcome="refused", detail=why)
        self.message_user(request, why, messages.ERROR)

    def named(self, row: Any) -> str:
        """What a row is called where somebody is asked about it."""
        return str(row)

    def asked_first(self, request: HttpRequest, queryset: QuerySet[Any], *, question: str, warning: str) -> Any:
        """A page that asks once more, until it is answered; None once it is."""
        if request.POST.get("sure") == "yes":
            return None
        context = self.admin_site.each_context(request) | {
            "title": question, "subtitle": None, "opts": self.opts, "warning": warning,
            "rows": [(row.pk, self.named(row)) for row in queryset],
            "action": request.POST.get("action"), "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "followup/sure.html", context)


def short(cause: str) -> str:
    """As much of a cause as a list has room for."""
    return Truncator(cause).chars(SHORT) or "-"
