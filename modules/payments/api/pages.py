"""Two small pages: the sandbox bank's confirmation, and where the shopper comes back from it. No script, no asset."""

import functools
import hashlib
import logging
from base64 import b64encode
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from modules.payments.reconciliation import settle_return
from modules.payments.sandbox.challenge import challenge, decide
from modules.payments.sandbox.models import BankPayment
from storefront.database.unit import drop_if_broken
from storefront.interface import OutcomeUnknown, Unavailable
from storefront.money import Money
from storefront.rest.fault import Fault
from storefront.rest.throttle import admit

log = logging.getLogger(__name__)

Page = Callable[..., HttpResponse]
STYLE = b64encode(hashlib.sha256(render_to_string("payments/style.css").encode()).digest()).decode()
"""The hash of the one style in these pages, by which their policy admits it and no other."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE}'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_RESULTS = {
    "authorized": ("Payment confirmed", "You may close this page and finish your order in the shop."),
    "captured": ("Payment confirmed", "Your order is paid. You may close this page."),
    "failed": ("Payment not confirmed", "Nothing was charged. Go back to the shop to pay in another way."),
    "voided": ("Payment withdrawn", "Nothing was charged. Go back to the shop to pay again."),
}
_WAITING = ("Payment under way", "The bank has not decided yet. Go back to the shop in a minute.")
_NOBODY = ("No such payment", "Nothing waits for a confirmation here.")
_TOO_OFTEN = ("Too many requests", "Nothing was done. Load this page again in a minute.")
_AWAY = ("Not at this moment", "Load this page again in a minute: it may or may not have been done.")


def _says_when_away(page: Page) -> Page:
    """A database that is away is a page for the shopper, too."""

    @functools.wraps(page)
    def shown(request: HttpRequest, **ids: str) -> HttpResponse:
        try:
            return page(request, **ids)
        except (OperationalError, InterfaceError) as error:
            log.warning("A database was away while a page was shown.", exc_info=error)
            drop_if_broken("payments")
            response = _result(request, *_AWAY, status=503)
            response.headers["Retry-After"] = "5"
            return response

    return shown


def _counted(*, reads: str = "payment.write") -> Callable[[Page], Page]:
    """Counted as a view of the API is; also those who guess ids. reads: the rate of looking at the page."""

    def counting(page: Page) -> Page:
        @functools.wraps(page)
        def shown(request: HttpRequest, **ids: str) -> HttpResponse:
            try:
                told = admit(request, "payment.write" if request.method == "POST" else reads)
                response = page(request, **ids)
                if response.status_code == 404:
                    admit(request, "guesses")
            except Fault as fault:
                response, told = _result(request, *_TOO_OFTEN, status=fault.status), dict(fault.headers)
            for name, text in told.items():
                response.headers[name] = text
            return response

        return shown

    return counting


@csrf_exempt  # whoever holds the unguessable id may decide, and no cookie is read
@require_http_methods(["GET", "POST"])
@_counted(reads="read")
@_says_when_away
def challenge_page(request: HttpRequest, challenge_id: str) -> HttpResponse:
    """The bank asks its customer: approve or deny."""
    payment = None if "\0" in challenge_id else challenge(challenge_id)
    if payment is None:
        return _result(request, *_NOBODY, status=404)
    if request.method == "POST":
        return _decided(request, payment)
    if payment.status != "challenge":
        return _result(request, *_RESULTS.get("voided" if payment.voided else payment.status, _RESULTS["failed"]))
    amount = Money(payment.amount, payment.currency)
    return _page(request, "payments/challenge.html", {"amount": amount})


def _decided(request: HttpRequest, payment: BankPayment) -> HttpResponse:
    decision = request.POST.get("decision")
    if decision not in ("approve", "deny"):
        return _result(request, "Nothing decided", "Go back and choose one of the two.", status=400)
    if not decide(payment.challenge or "", is_approved=decision == "approve"):
        return _result(request, "Too late", "This payment was decided or withdrawn before.", status=409)
    return HttpResponseRedirect(payment.return_path, status=303, headers=HEADERS)


@require_GET
@_counted()  # it may ask the bank, whoever comes
@_says_when_away
def return_page(request: HttpRequest, payment_id: str) -> HttpResponse:
    """The shopper is back: the bank is asked, the payment settled, and the shopper told. Tells no amounts."""
    try:
        payment = None if "\0" in payment_id else settle_return(payment_id)
    except (Unavailable, OutcomeUnknown):
        return _result(request, *_WAITING)
    if payment is None:
        return _result(request, *_NOBODY, status=404)
    return _result(request, *_RESULTS.get(payment.status, _WAITING))


def _result(request: HttpRequest, title: str, text: str, *, status: int = 200) -> HttpResponse:
    return _page(request, "payments/result.html", {"title": title, "text": text}, status=status)


def _page(request: HttpRequest, template: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    response = render(request, template, context, status=status)
    for name, text in HEADERS.items():
        response.headers[name] = text
    return response
