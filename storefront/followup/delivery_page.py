"""What a module owes to the others, in the back office: dead letters first, with what can be done about them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from storefront import clock
from storefront.events import replay as history
from storefront.followup import platform
from storefront.followup.age import age, moment
from storefront.followup.page import FollowUp, short

LABELS = {"dead letter": "danger", "failing": "warning", "held up": "warning", "on its way": "info"}
REMEDIES = {
    "dead letter": "It is not tried any more, and later facts of its subject wait behind it. Have the cause mended, "
    "then choose Try again in the list. If nobody needs its effect, choose Skip there: what waits behind it goes on.",
    "failing": "It is tried again by itself, after pauses that grow to 10 minutes; after ten failures it is a dead "
    "letter. If the cause is mended already, choose Try again in the list.",
    "held up": "Nothing is wrong with it: an earlier fact of its subject failed, or its consumer is away, or nobody "
    "does the background work. See to those.",
    "on its way": "Nothing has to be done.",
}


class ConditionFilter(admin.SimpleListFilter):
    """Deliveries by how they stand."""

    title = "condition"
    parameter_name = "condition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("dead", "Dead letters"), ("stuck", "Stuck"), ("failing", "Failing")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "dead":
                return queryset.filter(is_dead=True)
            case "stuck":
                return queryset.filter(platform.is_stuck())
            case "failing":
                return queryset.filter(is_dead=False, attempts__gt=0)
        return queryset


class DeliveryAdmin(FollowUp):
    """Oldest first: what stands in front holds up the rest of its subject."""

    list_display = ("fact", "subject", "subscriber", "condition", "attempts", "waits", "cause")
    list_filter = (ConditionFilter, "subscriber")
    search_fields = ("event_id__exact", "subject__exact")
    search_help_text = "The id of a fact, or its whole subject, such as an order's id"
    ordering = ("id",)
    actions = ("try_again", "skip")
    fields = (
        ("fact", "subject"), ("subscriber", "condition"), "remedy", ("waits", "attempts"), ("due_at", "unanswered"),
        "whole_cause", ("event_id", "replay"),
    )
    readonly_fields = (
        "fact", "subject", "subscriber", "condition", "remedy", "waits", "attempts", "unanswered", "due_at",
        "whole_cause", "event_id", "replay",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return platform.deliveries(self.opts.app_label)

    def named(self, row: Any) -> str:
        """What is owed, of what, and to whom."""
        return f"{self.fact(row)} of {row.subject} to {row.subscriber}"

    @display(description="Fact")  # type: ignore[untyped-decorator]
    def fact(self, row: Any) -> str:
        """Its type; gone from history, its id."""
        return str(row.fact_type or row.event_id)

    @display(description="Condition", label=LABELS)  # type: ignore[untyped-decorator]
    def condition(self, row: Any) -> str:
        return _condition(row)

    @display(description="What to do")  # type: ignore[untyped-decorator]
    def remedy(self, row: Any) -> str:
        return REMEDIES[_condition(row)]

    @display(description="Age")  # type: ignore[untyped-decorator]
    def waits(self, row: Any) -> str:
        return age(row.announced_at)

    @display(description="Cause")  # type: ignore[untyped-decorator]
    def cause(self, row: Any) -> str | SafeString:
        return format_html('<span class="backoffice-breaking">{}</span>', short(row.error))

    @display(description="Cause")  # type: ignore[untyped-decorator]
    def whole_cause(self, row: Any) -> str:
        return row.error or "-"

    @display(description="Next attempt")  # type: ignore[untyped-decorator]
    def due_at(self, row: Any) -> str:
        """Of a dead letter there is none."""
        return moment(None if row.is_dead else row.next_at)

    @admin.action(permissions=["operate"], description="Try again: deliver it now")
    def try_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Also what waits for its next time."""
        count = history.try_again(self.opts.app_label, [row.pk for row in queryset])
        self.message_user(request, f"{count} are delivered again now. Look here again in a minute.", messages.SUCCESS)

    @admin.action(permissions=["operate"], description="Skip: give it up for good")
    def skip(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Dead letters only, after a question."""
        dead = queryset.filter(is_dead=True)
        for row in queryset.filter(is_dead=False):
            self.refused(request, row, f"{self.named(row)} is still tried; only dead letters can be skipped.")
        if not dead:
            return None
        page = self.asked_first(
            request, dead, question="Skip these dead letters?",
            warning="Their consumers will never hear of these facts, and nothing tells them later. What waits behind "
            "them goes on. The facts stay in the module's history for a while.",
        )
        if page is None:
            count = sum(history.drop(self.opts.app_label, delivery_id=row.pk) for row in list(dead))
            self.message_user(request, f"{count} skipped. What waited behind goes on now.", messages.SUCCESS)
        return page


def _condition(row: Any) -> str:
    if row.is_dead:
        return "dead letter"
    if row.attempts:
        return "failing"
    return "held up" if row.next_at < clock.now() - platform.LATE else "on its way"
