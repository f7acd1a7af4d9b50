"""The public API of payments: for operators and machines, and the providers' webhooks."""

import hashlib

from django.http import HttpResponse
from rest_framework.request import Request

from modules.payments import queries, webhooks
from modules.payments.api.shapes import MovementIn, Nothing, PaymentOut, Received, RefundIn, RefundOut
from modules.payments.interface import OverLimit, Payments, UnknownProvider, WrongState
from modules.payments.providers.protocol import ForgedWebhook
from storefront.interface import NotFound, connect
from storefront.rest import ModuleView, answered, created, documented, read
from storefront.rest.body import raw_body

payments = connect(Payments)


def shown(payment_id: str) -> HttpResponse:
    """A payment with its ledger and its ETag."""
    view = queries.payment(payment_id=payment_id)
    return answered(PaymentOut.of(view), etag=view.version)


class PaymentDetail(ModuleView):
    """One payment."""

    required_scope = "payments:read"

    @documented(answers={200: PaymentOut}, refuses=(NotFound,), summary="Read a payment")
    def get(self, request: Request, payment_id: str) -> HttpResponse:
        """Its state, its amounts, and the ledger that they add up from."""
        return shown(payment_id)


class PaymentCapture(ModuleView):
    """Taking money that was set aside."""

    required_scope = "payments:write"

    @documented(
        request=MovementIn, answers={200: PaymentOut}, refuses=(NotFound, OverLimit, WrongState), key_required=True,
        summary="Capture a payment",
    )
    def post(self, request: Request, payment_id: str) -> HttpResponse:
        """Take a part, or the whole amount. Several captures may follow each other."""
        key, wanted = self.key(request, required=True), read(MovementIn, request)
        whole = queries.payment(payment_id=payment_id).amount
        payments.capture(key=key, payment_id=payment_id, amount=wanted.amount or whole)
        return shown(payment_id)


class PaymentVoid(ModuleView):
    """Giving back what was set aside."""

    required_scope = "payments:write"

    @documented(
        request=Nothing, answers={200: PaymentOut}, refuses=(NotFound, WrongState), key_required=True,
        summary="Void a payment",
    )
    def post(self, request: Request, payment_id: str) -> HttpResponse:
        """Give back what was set aside and not captured."""
        key = self.key(request, required=True)
        read(Nothing, request)
        queries.payment(payment_id=payment_id)
        payments.void(key=key, payment_id=payment_id)
        return shown(payment_id)


class RefundList(ModuleView):
    """Refunds of a payment."""

    required_scope = "payments:write"

    @documented(
        request=RefundIn, answers={201: RefundOut}, refuses=(NotFound, OverLimit, WrongState), key_required=True,
        summary="Refund a payment",
    )
    def post(self, request: Request, payment_id: str) -> HttpResponse:
        """Give captured money back, a part or all of it."""
        key, wanted = self.key(request, required=True), read(RefundIn, request)
        whole = queries.payment(payment_id=payment_id).amount
        refund = payments.refund(
            key=key, payment_id=payment_id, refund_id=refund_id_of(key), amount=wanted.amount or whole,
            reason=wanted.reason,
        )
        return created(RefundOut.of(refund))


def refund_id_of(key: str) -> str:
    """The refund's id: the same for a repeated request, so that it is one refund."""
    return f"rfd_{hashlib.sha256(key.encode()).hexdigest()[:26].upper()}"


class PaymentWebhook(ModuleView):
    """Where providers tell what happened to money."""

    @documented(
        request="application/json", answers={200: Received}, refuses=(NotFound, ForgedWebhook),
        summary="Receive a provider's webhook",
    )
    def post(self, request: Request, provider: str) -> HttpResponse:
        """Verified by its signature over the raw body, stored, answered; acted upon afterwards."""
        body = raw_body(request)
        try:
            webhooks.receive(provider=provider, body=body, headers=request.headers)
        except UnknownProvider as error:
            raise NotFound(kind="payment provider", id=provider) from error
        return answered(Received())
