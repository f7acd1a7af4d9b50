"""A module's sagas in the back office: where each stands, what is in its way, and what can be done about it."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from storefront.followup import platform
from storefront.followup.age import age, moment
from storefront.followup.page import FollowUp, short
from storefront.interface import NotFound
from storefront.sagas import operator
from storefront.sagas.definition import SAGAS

LABELS = {"done": "success", "undone": "info", "running": "warning", "undoing": "warning", "parked": "danger"}
REMEDIES = {
    "parked": "It waits for you. Read the cause and have it mended, then choose Resume in the list. If you have done "
    "by hand what its step does, choose Skip the step. Turn round gives back what it has obtained, while it can.",
    "running": "It goes on by itself, and tries its step again if that fails.",
    "undoing": "It gives back what it has obtained, by itself, and tries again if that fails.",
    "done": "Nothing has to be done.",
    "undone": "Nothing has to be done: it has given everything back.",
}


class ConditionFilter(admin.SimpleListFilter):
    """Sagas by how they stand."""

    title = "condition"
    parameter_name = "condition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Not over"), ("parked", "Parked"), ("slow", "Slow"), ("failing", "Failing")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        living = queryset.exclude(status__in=("done", "undone"))
        match self.value():
            case "open":
                return living
            case "parked":
                return queryset.filter(status="parked")
            case "slow":
                return queryset.filter(platform.is_slow())
            case "failing":
                return living.filter(attempts__gt=0)
        return queryset


class SagaAdmin(FollowUp):
    """Newest first."""

    list_display = ("saga", "subject", "condition", "stands_at", "attempts", "age", "cause")
    list_filter = (ConditionFilter, "status", "saga")
    search_fields = ("id__exact", "subject__exact")
    search_help_text = "The id of a saga, or its whole subject, such as an order's id"
    ordering = ("-started_at",)
    actions = ("resume", "skip", "turn_round")
    fields = (
        ("saga", "subject"), ("condition", "stands_at"), "remedy", ("age", "attempts"), ("started_at", "due_at"),
        "whole_cause", ("id", "version"),
    )
    readonly_fields = (
        "saga", "subject", "condition", "stands_at", "remedy", "age", "attempts", "started_at", "due_at",
        "whole_cause", "id", "version",
    )

    def named(self, row: Any) -> str:
        """What is to be done, and for what."""
        return f"{row.saga} of {row.subject}, at: {self.stands_at(row)}"

    @display(description="Status", label=LABELS)  # type: ignore[untyped-decorator]
    def condition(self, row: Any) -> str:
        """Where it stands."""
        return str(row.status)

    @display(description="Step")  # type: ignore[untyped-decorator]
    def stands_at(self, row: Any) -> str:
        """The step at hand, as the business calls it."""
        saga = SAGAS.get((row.saga, row.version))
        if saga is None:
            return f"{row.step}, of a release that is not here"
        if row.status in ("done", "undone"):
            return "-"
        step = saga.steps[row.step].name if row.step < len(saga.steps) else "the end"
        return f"undo: {step}" if row.status == "undoing" else step

    @display(description="What to do")  # type: ignore[untyped-decorator]
    def remedy(self, row: Any) -> str:
        return REMEDIES.get(row.status, "-")

    @display(description="Age", ordering="started_at")  # type: ignore[untyped-decorator]
    def age(self, row: Any) -> str:
        return age(row.started_at)

    @display(description="Cause")  # type: ignore[untyped-decorator]
    def cause(self, row: Any) -> str | SafeString:
        return format_html('<span class="backoffice-breaking">{}</span>', short(row.error))

    @display(description="Cause")  # type: ignore[untyped-decorator]
    def whole_cause(self, row: Any) -> str:
        return row.error or "-"

    @display(description="Next attempt")  # type: ignore[untyped-decorator]
    def due_at(self, row: Any) -> str:
        """Of one that waits for an operator, or is over, there is none."""
        return moment(row.next_at)

    @admin.action(permissions=["operate"], description="Resume: try the present step again now")
    def resume(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Also of a parked saga."""
        self._each(request, queryset, operator.resume, "is tried again now")

    @admin.action(permissions=["operate"], description="Skip the step: you have done by hand what it does")
    def skip(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """After a question."""
        page = self.asked_first(
            request, queryset, question="Skip the present step of these sagas?",
            warning="The step counts as done, and its command is not sent. Skip it only if you have done by hand what "
            "it does: else goods, money or stock go missing, and the audit will say so.",
        )
        if page is None:
            self._each(request, queryset, operator.skip, "goes on after the step")
        return page

    @admin.action(permissions=["operate"], description="Turn round: give back what it has obtained")
    def turn_round(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """After a question; before the point of no return only."""
        page = self.asked_first(
            request, queryset, question="Turn these sagas round?",
            warning="What they have obtained is given back: stock is released, money that was set aside is freed. "
            "Those that have passed their point of no return are left alone.",
        )
        if page is None:
            self._each(request, queryset, operator.turn_round, "gives back what it has obtained")
        return page

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Any], act: Callable[[str, str], None], done: str
    ) -> None:
        for row in queryset:
            try:
                act(self.opts.app_label, row.id)
            except (operator.SagaBusy, NotFound, ValueError) as error:
                self.refused(request, row, f"{row.saga} of {row.subject}: {error}")
            except KeyError:
                self.refused(
                    request, row, f"{row.saga} of {row.subject} is of version {row.version}, which this process does "
                    "not have. Run the release that began it beside this one until it is over.",
                )
            else:
                self.message_user(request, f"{row.saga} of {row.subject} {done}.", messages.SUCCESS)
