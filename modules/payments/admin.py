"""Payments in the admin: the ledger is a window, and money moves through the commands."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from modules.payments import webhooks
from modules.payments.interface import Payments
from modules.payments.models import ALARMED, GIVEN_UP, LedgerEntry, Payment, WebhookReceipt
from modules.payments.moving import room
from modules.payments.moving_forms import MovementForm, RefundForm, VoidForm
from modules.payments.recording import fresh_refund_id
from modules.payments.sandbox.models import BankPayment
from storefront import clock
from storefront.backoffice import Window
from storefront.backoffice.stepping_up import ask_for_a_refund
from storefront.ids import new_id
from storefront.interface import OutcomeUnknown, Refusal, Unavailable, connect
from storefront.money import Money

payments = connect(Payments)

STATE_LABELS = {
    "captured": "success", "authorized": "info", "pending": "warning", "action_required": "warning",
    "failed": "danger", "disputed": "danger",
}
WEBHOOK_LABELS = {"handled": "success", "waiting": "info", "given up": "danger"}
BANK_LABELS = {"authorized": "success", "challenge": "warning", "declined": "danger", "voided": "danger"}


class OperatedWindow(Window):
    """A window whose actions need a permission."""

    def has_operate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this person may move money."""
        return bool(request.user.has_perm("payments.change_payment"))


class Alarm(admin.SimpleListFilter):
    """Payments that somebody must look at."""

    title = "alarm"
    parameter_name = "alarm"

    def lookups(self, _request: Any, _model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "raised")]

    def queryset(self, _request: Any, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return queryset.filter(ALARMED) if self.value() else queryset


class Condition(admin.SimpleListFilter):
    """Notices that nothing tries to handle any more."""

    title = "condition"
    parameter_name = "condition"

    def lookups(self, _request: Any, _model_admin: Any) -> list[tuple[str, str]]:
        return [("given_up", "given up")]

    def queryset(self, _request: Any, queryset: QuerySet[WebhookReceipt]) -> QuerySet[WebhookReceipt]:
        return queryset.filter(GIVEN_UP) if self.value() else queryset


class Timeline(Window, TabularInline):  # type: ignore[misc]  # unfold has no types
    """The payment's ledger, oldest first."""

    model = LedgerEntry
    fields = ["number", "at", "kind", "shown_amount", "reference", "reason"]
    readonly_fields = fields
    ordering = ["number"]
    extra = 0
    tab = False
    verbose_name_plural = "Ledger"

    @display(description="Amount")  # type: ignore[untyped-decorator]
    def shown_amount(self, entry: LedgerEntry) -> str:
        return str(Money(entry.amount, entry.payment.currency))


@admin.register(Payment)
class PaymentAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """Newest first; those that need a look stand out."""

    list_display = [
        "id", "order_id", "state", "asked", "captured_shown", "refunded_shown", "provider", "created_at", "look",
    ]
    list_filter = [Alarm, "status", "provider", "currency", "created_at"]
    search_fields = ["id__exact", "order_id__exact", "reference__exact"]
    search_help_text = "The id of a payment or an order, or the provider's reference"
    ordering = ["-created_at"]
    show_full_result_count = False
    inlines = [Timeline]
    actions_detail = ["capture_payment", "refund_payment", "void_payment"]
    fields = [
        "id", "order_id", "state", "alarm", "asked", "held", "captured_shown", "refunded_shown", "under_way",
        "provider", "reference", "decline_reason", "version", "created_at", "updated_at",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """Without those that were voided before they were ever authorized."""
        found: QuerySet[Payment] = super().get_queryset(request)
        return found.exclude(currency="")

    @display(description="State", ordering="status", label=STATE_LABELS)  # type: ignore[untyped-decorator]
    def state(self, payment: Payment) -> str:
        return payment.status

    @display(description="Look", label={"look": "danger"})  # type: ignore[untyped-decorator]
    def look(self, payment: Payment) -> str:
        return "look" if payment.alarm else ""

    @display(description="Amount", ordering="amount")  # type: ignore[untyped-decorator]
    def asked(self, payment: Payment) -> str:
        return str(Money(payment.amount, payment.currency))

    @display(description="Held")  # type: ignore[untyped-decorator]
    def held(self, payment: Payment) -> str:
        return str(Money(payment.authorized - payment.canceled - payment.captured, payment.currency))

    @display(description="Captured", ordering="captured")  # type: ignore[untyped-decorator]
    def captured_shown(self, payment: Payment) -> str:
        return str(Money(payment.captured, payment.currency))

    @display(description="Refunded", ordering="refunded")  # type: ignore[untyped-decorator]
    def refunded_shown(self, payment: Payment) -> str:
        return str(Money(payment.refunded, payment.currency))

    @display(description="Under way")  # type: ignore[untyped-decorator]
    def under_way(self, payment: Payment) -> str:
        """What the provider has not answered yet."""
        names = ("authorization", "charge", "refund", "cancel")
        buckets = {name: getattr(payment, f"{name}_pending") for name in names}
        return ", ".join(f"{name} {Money(n, payment.currency)}" for name, n in buckets.items() if n) or "nothing"

    @action(description="Capture", url_path="capture", permissions=["operate"])  # type: ignore[untyped-decorator]
    def capture_payment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take a part of what is held, or all of it."""
        payment = get_object_or_404(Payment, id=object_id)
        left = Money(max(0, room(payment, "capture")), payment.currency)
        form = MovementForm(request.POST or None, currency=payment.currency, initial=_initial(left))
        if not form.is_valid():
            return self._asked(request, payment, form, "Capture")
        amount, key = form.cleaned_data["amount"], form.cleaned_data["key"]
        return self._done(request, payment, lambda: payments.capture(key=key, payment_id=payment.id, amount=amount))

    @action(description="Refund", url_path="refund", permissions=["operate"])  # type: ignore[untyped-decorator]
    def refund_payment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give a part back, or all of it, and say why."""
        payment = get_object_or_404(Payment, id=object_id)
        left = Money(max(0, room(payment, "refund")), payment.currency)
        form = RefundForm(
            request.POST or None, currency=payment.currency, initial=_initial(left) | {"key": fresh_refund_id()}
        )
        if not form.is_valid():
            return self._asked(request, payment, form, "Refund")
        wanted = form.cleaned_data
        before = Money(payment.refunded + payment.refund_pending, payment.currency)
        ask_for_a_refund(request, before + wanted["amount"])
        return self._done(
            request, payment,
            lambda: payments.refund(
                key=f"admin:{wanted['key']}", payment_id=payment.id, refund_id=wanted["key"], amount=wanted["amount"],
                reason=wanted["reason"],
            ),
        )

    @action(description="Void", url_path="void", permissions=["operate"])  # type: ignore[untyped-decorator]
    def void_payment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give back what is held."""
        payment = get_object_or_404(Payment, id=object_id)
        form = VoidForm(request.POST or None, initial={"key": new_id("adm")})
        if not form.is_valid():
            return self._asked(request, payment, form, "Void")
        key = form.cleaned_data["key"]
        return self._done(request, payment, lambda: payments.void(key=key, payment_id=payment.id))

    def _asked(self, request: HttpRequest, payment: Payment, form: forms.Form, verb: str) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": f"{verb} payment {payment.id}", "form": form, "verb": verb, "opts": self.opts, "payment": payment,
            "back": _page_of(payment), "facts": f"{self.held(payment)} held, {self.captured_shown(payment)} captured,"
            f" {self.refunded_shown(payment)} refunded of {self.asked(payment)}.",
        }
        return render(request, "payments/movement.html", context)

    def _done(self, request: HttpRequest, payment: Payment, command: Any) -> HttpResponse:
        try:
            command()
        except (Refusal, Unavailable) as error:
            messages.warning(request, str(error))
        except OutcomeUnknown as error:
            messages.warning(request, f"{error} It is settled within a minute or two; do not repeat it.")
        else:
            messages.success(request, f"{payment.id}: done.")
        return HttpResponseRedirect(_page_of(payment))


def _initial(left: Money) -> dict[str, Any]:
    return {"amount": left.to_decimal(), "key": new_id("adm")}


def _page_of(payment: Payment) -> str:
    return reverse("admin:payments_payment_change", args=[payment.id])


@admin.register(WebhookReceipt)
class WebhookReceiptAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """Providers' webhooks as they came."""

    list_display = ["event_id", "provider", "name", "state", "age", "attempts", "received_at", "handled_at", "result"]
    list_filter = [Condition, "provider", "name", "received_at"]
    search_fields = ["event_id__exact", "notice__contains"]
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["replay_webhooks"]
    fields = ["provider", "event_id", "name", "state", "result", "attempts", "received_at", "handled_at", "shown_body"]

    @display(description="State", label=WEBHOOK_LABELS)  # type: ignore[untyped-decorator]
    def state(self, receipt: WebhookReceipt) -> str:
        return webhooks.state_of(receipt)

    @admin.display(description="Waits for")
    def age(self, receipt: WebhookReceipt) -> str:
        """How long ago it came, unless it was handled."""
        return "" if receipt.handled_at else timesince(receipt.received_at, clock.now())

    @admin.display(description="Body")
    def shown_body(self, receipt: WebhookReceipt) -> SafeString:
        """As it was signed."""
        return format_html("<pre>{}</pre>", bytes(receipt.body).decode(errors="replace"))

    @admin.action(description="Handle again", permissions=["operate"])
    def replay_webhooks(self, request: HttpRequest, chosen: QuerySet[WebhookReceipt]) -> None:
        """Harmless for those that were handled."""
        for receipt in chosen:
            webhooks.replay(receipt.pk)
        messages.success(request, f"{len(chosen)} will be handled again.")


@admin.register(BankPayment)
class BankPaymentAdmin(OperatedWindow, ModelAdmin):  # type: ignore[misc]
    """The sandbox bank's books, to compare with ours."""

    list_display = [
        "id", "key", "token", "state", "currency", "authorized", "captured", "voided", "refunded", "created_at",
    ]
    list_filter = ["status", "token", "created_at"]
    search_fields = ["id__exact", "key__exact"]
    ordering = ["-created_at"]
    show_full_result_count = False
    exclude = ["challenge"]  # holding it is the right to decide

    @display(description="State", ordering="status", label=BANK_LABELS)  # type: ignore[untyped-decorator]
    def state(self, payment: BankPayment) -> str:
        return payment.status
