"""Where facts and receipts from other processes of the shop come in; `http.py` is the other end."""

import logging
from collections.abc import Callable
from functools import wraps

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from storefront.calls import identity
from storefront.events import inbox, outbox, wire
from storefront.events.http import ReceiptNote
from storefront.interface import Unavailable
from storefront.topology import modules_here
from storefront.topology.plan import Process

log = logging.getLogger(__name__)


View = Callable[[HttpRequest, Process, str], HttpResponse]


def _signed(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """Only processes of this shop, and only about modules of this process."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def asked(request: HttpRequest, module: str) -> HttpResponse:
        try:
            caller = identity.verify(request)
            if module not in modules_here():
                raise identity.Forbidden(f"{module} is not in this process.", status=404)
            return view(request, caller, module)
        except identity.Forbidden as error:
            return _no(error.status, f"{error}")
        except msgspec.MsgspecError as error:
            return _no(400, f"{error}")

    return asked


@_signed
def receive_batch(request: HttpRequest, caller: Process, subscriber: str) -> HttpResponse:
    """Facts for a module of this process, from the process that runs the modules which announced them."""
    parcels = wire.unpacked(request.body)
    strange = {parcel.envelope.source for parcel in parcels}.difference(caller.modules)
    if strange:
        raise identity.Forbidden(f"{caller.name} does not run {', '.join(sorted(strange))}.", status=403)
    try:
        receipt = inbox.receive(subscriber, parcels)
    except Unavailable as error:
        return _no(503, f"{error}")
    if receipt.failed or receipt.waiting:
        return HttpResponse(msgspec.json.encode(receipt), content_type="application/json")
    return HttpResponse(status=204)


@_signed
def receive_receipt(request: HttpRequest, caller: Process, producer: str) -> HttpResponse:
    """What became of facts of a module of this process, from the process of the subscriber."""
    note = msgspec.json.decode(request.body, type=ReceiptNote)
    if note.subscriber not in caller.modules:
        raise identity.Forbidden(f"{caller.name} does not run {note.subscriber}.", status=403)
    outbox.settle(producer, note.subscriber, note.receipt, lease_until=note.lease_until)
    return HttpResponse(status=204)


def _no(status: int, why: str) -> HttpResponse:
    log.warning("Facts from another process were refused.", extra={"status": status, "why": why})
    return HttpResponse(why, status=status, content_type="text/plain")
