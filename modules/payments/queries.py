"""The queries' bodies, and how a payment is shown."""

from modules.payments.interface import LedgerLine, PaymentView
from modules.payments.models import LedgerEntry, Payment
from modules.payments.providers.registry import paths
from storefront.interface import NotFound
from storefront.money import Money


def payment(*, payment_id: str) -> PaymentView:
    """One payment with its ledger."""
    found = Payment.objects.filter(id=payment_id).exclude(currency="").first()
    if found is None:
        raise NotFound(kind="payment", id=payment_id)
    entries = LedgerEntry.objects.filter(payment_id=payment_id).order_by("number")
    return view_of(found, ledger=tuple(line_of(entry, found.currency) for entry in entries))


def payments_of(*, order_id: str) -> tuple[PaymentView, ...]:
    """All payments of an order, oldest first."""
    rows = Payment.objects.filter(order_id=order_id).exclude(currency="").order_by("created_at", "id")
    return tuple(view_of(row) for row in rows)


def providers() -> tuple[str, ...]:
    """By name; asks the settings, no table."""
    return tuple(sorted(paths()))


def books(*, after: str, limit: int) -> tuple[PaymentView, ...]:
    """Payments by id after `after`; those voided before they were authorized have no amounts and are left out."""
    rows = Payment.objects.filter(id__gt=after).exclude(currency="").order_by("id")[: max(0, min(limit, 500))]
    return tuple(view_of(row) for row in rows)


def view_of(payment: Payment, *, ledger: tuple[LedgerLine, ...] = ()) -> PaymentView:
    """A payment as other modules see it; `authorized` is what was set aside and not given back."""

    def money(amount: int) -> Money:
        return Money(amount, payment.currency)

    return PaymentView(
        id=payment.id, order_id=payment.order_id, provider=payment.provider, status=payment.status,  # type: ignore[arg-type]  # the choices are the literal's
        amount=money(payment.amount), authorized=money(payment.authorized - payment.canceled),
        captured=money(payment.captured), refunded=money(payment.refunded), version=payment.version, ledger=ledger,
        action_url=payment.action_url,
    )


def line_of(entry: LedgerEntry, currency: str) -> LedgerLine:
    """A ledger entry as other modules see it."""
    reference = entry.reference or entry.reason
    return LedgerLine(kind=entry.kind, amount=Money(entry.amount, currency), at=entry.at, reference=reference)
