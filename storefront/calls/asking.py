"""What the platform asks between processes, beside the calls of faces: signed as those are."""

import logging
import time
from collections.abc import Callable
from functools import wraps

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from storefront.calls import identity
from storefront.calls.callee import callee_of
from storefront.calls.connection import Lost, NotSent
from storefront.interface import Unavailable
from storefront.topology.plan import Process

log = logging.getLogger(__name__)

Door = Callable[[bytes], bytes]
"""Takes the body of a question and returns that of the answer."""


def ask(process: Process, path: str, question: bytes, *, seconds: float) -> bytes:
    """Ask another process of the shop; the question may have to be asked again, so answering it twice is harmless.

    :raises Unavailable: no answer came, or it was a no
    """
    headers = identity.sign("POST", path, question) | {"Content-Type": "application/json"}
    try:
        reply = callee_of(process).connections.exchange(
            "POST", path, question, headers, until=time.monotonic() + seconds
        )
    except (NotSent, Lost) as error:
        raise Unavailable(f"{process.name}: {error}") from error
    if reply.status != 200:
        raise Unavailable(f"{process.name} answered {reply.status}: {reply.body[:200].decode(errors='replace')}")
    return reply.body


def for_processes(door: Door) -> Callable[[HttpRequest], HttpResponse]:
    """A view that answers processes of this shop and nobody else."""

    @csrf_exempt
    @wraps(door)
    def view(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        try:
            identity.verify(request)
            return HttpResponse(door(request.body), content_type="application/json")
        except identity.Forbidden as error:
            log.warning("A question was turned away.", extra={"path": request.path_info, "cause": str(error)})
            return HttpResponse(status=error.status)
        except msgspec.MsgspecError as error:
            return HttpResponse(f"{error}", status=400, content_type="text/plain")
        except Unavailable as error:
            return HttpResponse(f"{error}", status=503, content_type="text/plain")

    return view
