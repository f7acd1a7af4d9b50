"""The home process's door for the others: who is signed in, whose key this is. 404 is a no."""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from storefront.calls import identity
from storefront.home import claim, sessions
from storefront.home.asking import about
from storefront.home.claim import MachineClaim, StaffClaim
from storefront.rest import keys
from storefront.topology import is_home

log = logging.getLogger(__name__)

MOST_BYTES = 4_096


class StaffQuestion(msgspec.Struct):
    """session: the key of a session, from the operator's cookie."""

    session: str


class MachineQuestion(msgspec.Struct):
    """secret_hash: SHA-256 of the secret, which itself never travels."""

    prefix: str
    secret_hash: str


def _for_processes(answer: Callable[[bytes], claim.Claim | None]) -> Callable[[HttpRequest], HttpResponse]:
    @csrf_exempt
    @wraps(answer)
    def view(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not is_home() or int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return HttpResponse(status=HTTPStatus.MISDIRECTED_REQUEST)
        try:
            identity.verify(request)
            found = answer(request.body)
        except identity.Forbidden as error:
            log.warning("A question about identity was turned away.", extra={"cause": str(error)})
            return HttpResponse(status=error.status)
        except msgspec.DecodeError:
            return HttpResponse(status=400)
        if found is None:
            return HttpResponse(status=404)
        return HttpResponse(claim.signed(found), content_type="text/plain")

    return view


@_for_processes
def staff(body: bytes) -> StaffClaim | None:
    """The operator of a session."""
    found = sessions.staff_of(msgspec.json.decode(body, type=StaffQuestion).session)
    if found is None:
        return None
    user = found.user
    return StaffClaim(
        about=about(body), issued_at=claim.now(), username=user.get_username(), full_name=user.get_full_name(),
        is_superuser=user.is_superuser,
        permissions=() if user.is_superuser else tuple(sorted(user.get_all_permissions())),
        second_factor_at=found.second_factor_at,
    )


@_for_processes
def machine(body: bytes) -> MachineClaim | None:
    """The machine of a key."""
    wanted = msgspec.json.decode(body, type=MachineQuestion)
    found = keys.machine_here(wanted.prefix, wanted.secret_hash)
    if found is None:
        return None
    return MachineClaim(about=about(body), issued_at=claim.now(), name=found.name, scopes=tuple(sorted(found.scopes)))
