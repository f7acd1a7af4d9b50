"""What orchestrators, operators and neighbours ask of a process. Plain views: no session, no page stack."""

from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from storefront.calls import identity
from storefront.topology import health


@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; whether it can do its work says `readyz`."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 if every database of this process is there and up to date, else 503; neighbours are told, not counted."""
    troubles = health.troubles()
    told = {"status": "unready" if troubles else "ready", "troubles": troubles, "neighbours": health.neighbour_states()}
    return JsonResponse(told, status=503 if troubles else 200)


@require_safe
def startupz(_request: HttpRequest) -> HttpResponse:
    """200 once the process has found its databases up to date."""
    troubles = health.troubles()
    return JsonResponse({"status": "starting" if troubles else "started"}, status=503 if troubles else 200)


@require_safe
def modules(request: HttpRequest) -> HttpResponse:
    """The faces, the backlog and the neighbours of this process; for processes of the shop, and on its own machine."""
    if not _is_of_this_machine(request):
        try:
            identity.verify(request)
        except identity.Forbidden as error:
            return JsonResponse({"status": "forbidden"}, status=error.status)
    return JsonResponse(health.described())


def _is_of_this_machine(request: HttpRequest) -> bool:
    """Asked from the same machine, and not for somebody else by a gateway on it."""
    told = request.META
    try:
        is_loopback = ip_address(told.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return is_loopback and "HTTP_X_FORWARDED_FOR" not in told and "HTTP_FORWARDED" not in told
