"""Webhooks in the admin: endpoints, what they are sent, and the feed, as windows; what may be done are commands."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin
from unfold.decorators import display

from modules.webhooks.interface import Change, Webhooks
from modules.webhooks.models import Endpoint, Fact, Message
from storefront import clock
from storefront.backoffice import Window
from storefront.followup.age import moment
from storefront.ids import new_id
from storefront.interface import OutcomeUnknown, Refusal, Unavailable, connect

webhooks = connect(Webhooks)

STATE_LABELS = {"enabled": "success", "failing": "warning", "disabled": "danger"}
MESSAGE_LABELS = {"delivered": "success", "pending": "info", "given up": "danger", "skipped": "warning"}
WHY_DISABLED = {
    "asked": "Its owner or an operator asked for it.",
    "gone": "It answered 410: it is gone, and wants to hear no more.",
    "failing": "It took nothing for three days.",
    "key_revoked": "The key by which it was made is revoked. Its owner needs another key, and a new endpoint.",
}
LISTED = 2
"""Kinds of events that a row of the list names."""


class OperatedWindow(Window):
    """A window whose actions need a permission."""

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether this person may act on what is shown."""
        return bool(request.user.has_perm("webhooks.change_endpoint"))

    def named(self, row: Any) -> str:
        """What a row is called where the operator is told what became of it."""
        return str(row)

    def each(self, request: HttpRequest, chosen: QuerySet[Any], command: Any, *, done: str) -> None:
        """Command it for each of the chosen rows, and say what came of it."""
        for row in chosen:
            try:
                command(row)
            except (Refusal, Unavailable, OutcomeUnknown) as error:
                messages.warning(request, f"{self.named(row)}: {error}")
            else:
                messages.success(request, f"{self.named(row)}: {done}")


class Condition(admin.SimpleListFilter):
    """Failing or disabled."""

    title = "condition"
    parameter_name = "condition"

    def lookups(self, _request: Any, _model_admin: Any) -> list[tuple[str, str]]:
        return [("failing", "failing"), ("disabled", "disabled")]

    def queryset(self, _request: Any, queryset: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
        if self.value() == "failing":
            return queryset.filter(status=Endpoint.Status.ENABLED, failing_since__isnull=False)
        return queryset.filter(status=Endpoint.Status.DISABLED) if self.value() else queryset


@admin.register(Endpoint)
class EndpointAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Where machines are told what happens."""

    list_display = ["owner", "address", "state", "failing_for", "waiting", "hears"]
    list_filter = [Condition, "owner"]
    search_fields = ["id__exact", "owner", "url"]
    ordering = ["owner", "created_at"]
    actions = ["enable_endpoints", "disable_endpoints", "send_tests"]
    fields = [
        "id", "owner", "key_prefix", "address", "description", "hears_of", "scopes", "state", "why_disabled",
        "failing_since", "old_secret_until", "version", "created_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        """With how many messages wait."""
        found: QuerySet[Endpoint] = super().get_queryset(request)
        return found.annotate(waiting_count=Count("messages", filter=Q(messages__status=Message.Status.PENDING)))

    @admin.display(description="URL", ordering="url")
    def address(self, endpoint: Endpoint) -> SafeString:
        """As long as it is."""
        return format_html('<span class="backoffice-breaking">{}</span>', endpoint.url)

    @admin.display(description="Events")
    def hears(self, endpoint: Endpoint) -> str:
        """The first of them, and how many more."""
        names = endpoint.events.split()
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        return ", ".join(names[:LISTED]).replace("*", "all") + more

    @admin.display(description="Events")
    def hears_of(self, endpoint: Endpoint) -> str:
        """Each of them."""
        return ", ".join(endpoint.events.split()).replace("*", "all")

    @admin.display(description="Why it is disabled")
    def why_disabled(self, endpoint: Endpoint) -> str:
        return WHY_DISABLED.get(endpoint.disabled_reason, endpoint.disabled_reason)

    @display(description="State", ordering="status", label=STATE_LABELS)  # type: ignore[untyped-decorator]
    def state(self, endpoint: Endpoint) -> str:
        return "failing" if endpoint.failing_since and endpoint.status == "enabled" else endpoint.status

    @admin.display(description="Failing for")
    def failing_for(self, endpoint: Endpoint) -> str:
        return timesince(endpoint.failing_since, clock.now()) if endpoint.failing_since else ""

    @admin.display(description="Waiting", ordering="waiting_count")
    def waiting(self, endpoint: Any) -> int:
        return int(endpoint.waiting_count)

    @admin.action(description="Enable", permissions=["operate"])
    def enable_endpoints(self, request: HttpRequest, chosen: QuerySet[Endpoint]) -> None:
        """What waits for them is sent at once."""
        self.each(request, chosen, lambda row: _change(row, Change(status="enabled")), done="enabled.")

    @admin.action(description="Disable", permissions=["operate"])
    def disable_endpoints(self, request: HttpRequest, chosen: QuerySet[Endpoint]) -> None:
        """Nothing is sent there any more."""
        self.each(request, chosen, lambda row: _change(row, Change(status="disabled")), done="disabled.")

    @admin.action(description="Send a test", permissions=["operate"])
    def send_tests(self, request: HttpRequest, chosen: QuerySet[Endpoint]) -> None:
        """To each of the chosen."""
        self.each(
            request, chosen, lambda row: webhooks.send_test(key=new_id("adm"), owner="", endpoint_id=row.id),
            done="a test is on its way.",
        )


def _change(row: Endpoint, change: Change) -> None:
    webhooks.change(key=new_id("adm"), owner="", endpoint_id=row.id, change=change)


@admin.register(Message)
class MessageAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """What was sent, what waits and why."""

    list_display = ["name", "receiver", "state", "age", "attempts", "why", "next_attempt"]
    list_filter = ["status", "endpoint__owner", "fact__name", "created_at"]
    search_fields = ["fact__event_id__exact", "subject__exact", "endpoint__id__exact"]
    search_help_text = "The id of an event or an endpoint, or what the event is about"
    ordering = ["-id"]
    actions = ["send_now", "skip_messages", "send_again"]
    fields = [
        "name", "event", "subject", "endpoint", "state", "attempts", "tried_since", "next_attempt", "finished_at",
        "why", "answer_status", "shown_answer", "shown_payload", "created_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """With what each is about, and for whom."""
        found: QuerySet[Message] = super().get_queryset(request)
        return found.select_related("endpoint", "fact")

    def named(self, row: Message) -> str:
        """The event, and for whom."""
        return f"{row.fact.name} for {row.endpoint.owner}"

    @display(description="State", ordering="status", label=MESSAGE_LABELS)  # type: ignore[untyped-decorator]
    def state(self, message: Message) -> str:
        return message.get_status_display()

    @admin.display(description="Event", ordering="fact__name")
    def name(self, message: Message) -> str:
        return message.fact.name

    @admin.display(description="Event id")
    def event(self, message: Message) -> str:
        return message.fact.event_id

    @admin.display(description="Endpoint", ordering="endpoint__owner")
    def receiver(self, message: Message) -> SafeString:
        """Whose it is, and on which host."""
        endpoint = message.endpoint
        shown = f"{endpoint.owner} at {urlsplit(endpoint.url).hostname}"
        return format_html('<span class="backoffice-breaking">{}</span>', shown)

    @admin.display(description="Cause")
    def why(self, message: Message) -> SafeString:
        """Why the last attempt failed; it may hold names that are long."""
        return format_html('<span class="backoffice-breaking">{}</span>', message.cause or "-")

    @admin.display(description="Next attempt", ordering="next_at")
    def next_attempt(self, message: Message) -> str:
        """Of one that waits; the others are not tried again by themselves."""
        return moment(message.next_at if message.status == Message.Status.PENDING else None)

    @admin.display(description="Age")
    def age(self, message: Message) -> str:
        """How long ago it was due first, unless it was delivered."""
        return "" if message.status == "delivered" else timesince(message.created_at, clock.now())

    @admin.display(description="Answer")
    def shown_answer(self, message: Message) -> SafeString:
        """The first bytes of it."""
        return format_html("<pre>{}</pre>", message.answer)

    @admin.display(description="Data")
    def shown_payload(self, message: Message) -> SafeString:
        """What is sent, laid out to be read."""
        return _laid_out(message.fact)

    @admin.action(description="Send now", permissions=["operate"])
    def send_now(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Those that wait, were given up or skipped; with three days before them."""
        self.each(
            request, chosen, lambda row: webhooks.retry(key=new_id("adm"), message_id=row.id), done="is sent now.",
        )

    @admin.action(description="Skip", permissions=["operate"])
    def skip_messages(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Give them up, so that later ones about the same thing may pass."""
        self.each(
            request, chosen, lambda row: webhooks.skip(key=new_id("adm"), message_id=row.id),
            done="is not sent any more.",
        )

    @admin.action(description="Send again, though delivered", permissions=["operate"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """With the same id, by which the receiver knows it."""
        self.each(request, chosen, lambda row: webhooks.replay(
            key=new_id("adm"), owner="", endpoint_id=row.endpoint_id, event_id=row.fact.event_id,
        ), done="is sent again.")


@admin.register(Fact)
class FactAdmin(Window, ModelAdmin):  # type: ignore[misc]
    """The feed, newest first."""

    list_display = ["event_id", "name", "subject", "occurred_at", "recorded_at"]
    search_help_text = "The id of an event, or what it is about"
    list_filter = ["name", "recorded_at"]
    search_fields = ["event_id__exact", "subject__exact"]
    ordering = ["-id"]
    fields = ["event_id", "name", "subject", "audience", "shown_payload", "occurred_at", "recorded_at"]

    @admin.display(description="Data")
    def shown_payload(self, fact: Fact) -> SafeString:
        """What outsiders are told, laid out to be read."""
        return _laid_out(fact)


def _laid_out(fact: Fact) -> SafeString:
    return format_html("<pre>{}</pre>", msgspec.json.format(fact.payload, indent=2))
