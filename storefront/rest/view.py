"""The base of every view of the public API: lean dispatch, keys, versions, scopes, problems."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.views import APIView

from storefront.backoffice.acting import Acting, Operator, acting
from storefront.calls.pipeline import forget_replay
from storefront.cards import has_card
from storefront.rest.fault import Fault
from storefront.rest.idempotency import key_of
from storefront.rest.keys import Machine, machine_of, require_scope
from storefront.rest.precondition import expected_version_of
from storefront.rest.problem import problem_of
from storefront.rest.render import emptied, is_acceptable, matches, not_modified
from storefront.rest.throttle import admit, slowed

READS = ("get", "head", "options")
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
"""On every answer of a module view: who asks decides what it says, and its address may be somebody's secret."""


class ModuleView(APIView):
    """A resource: its methods read the request, make one call, and answer. No `try`: errors become problems."""

    throttle: ClassVar[str | Mapping[str, str]] = ""
    """The name of a rate, or one per method; `read` or `write` by default."""
    required_scope: ClassVar[str | Mapping[str, str] | None] = None
    """The scope that a machine key needs, or one per method; None for everybody."""
    produces: ClassVar[str] = "application/json"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """One request. Leaner than DRF's own: one media type, no rendering step, no session."""
        forget_replay()
        self.args, self.kwargs, self.headers = args, kwargs, dict(PRIVATE)
        asked = self.request = Request(request, authenticators=())
        try:
            response = self._respond(asked, args, kwargs)
        except Exception as error:  # the one place where errors become answers
            response = problem_of(slowed(error, asked), request)
        for name, text in self.headers.items():
            response.headers.setdefault(name, text)
        return response

    def _respond(self, request: Request, args: Any, kwargs: Any) -> HttpResponse:
        method = (request.method or "").lower()
        handler = getattr(self, method, None) if method in self.http_method_names else None
        if handler is None:
            self.headers["Allow"] = ", ".join(self.allowed_methods)
            raise MethodNotAllowed(request.method or "")
        if "\0" in request.path:
            raise Fault("not_found", "No path has a NUL character.", status=404)
        if method not in READS and has_card(request.path):  # a path may become part of what is written down
            raise Fault("card_number", "Card numbers are not taken here.", status=422)
        self._negotiate(request)
        machine = request.auth = machine_of(request)
        self.headers |= admit(request, self.throttle_for(method), client=machine.prefix if machine else "")
        require_scope(machine, self.scope_for(method))
        with acting(self.deed(request)):
            response: HttpResponse = handler(request, *args, **kwargs)
        if method in ("get", "head") and response.status_code == 200:
            wanted = request.META.get("HTTP_IF_NONE_MATCH")
            if wanted and matches(wanted, response.headers.get("ETag", "none")):
                return not_modified(response)
        return response

    def _negotiate(self, request: Request) -> None:
        accepts = request.META.get("HTTP_ACCEPT", "")
        if accepts and not is_acceptable(accepts, self.produces):
            raise Fault("not_acceptable", f"This is available as {self.produces}.", status=406)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """204 with the methods that there are."""
        return emptied(headers={"Allow": ", ".join(self.allowed_methods)})

    def scope_for(self, method: str) -> str | None:
        """The scope that `method` (lower case) needs."""
        wanted = self.required_scope
        return wanted.get(method) if isinstance(wanted, Mapping) else wanted

    def throttle_for(self, method: str) -> str:
        """The name of the rate that `method` (lower case) counts against."""
        named = self.throttle.get(method, "") if isinstance(self.throttle, Mapping) else self.throttle
        return named or ("read" if method in READS else "write")

    def deed(self, request: Request) -> Acting | None:
        """What the audit log says of this request: None, unless a machine uses its scope to change something."""
        method, machine = (request.method or "").lower(), cast("Machine | None", request.auth)
        package, _, rest = type(self).__module__.partition(".")
        if machine is None or package != "modules" or method in READS or self.scope_for(method) is None:
            return None
        operator = Operator(f"sk_{machine.prefix}", machine.name)
        return Acting(rest.partition(".")[0], operator=operator, action=f"{request.method} {request.path}")

    def key(self, request: Request, *, required: bool = False) -> str:
        """The command's key, from `Idempotency-Key`; of chance if the header is absent and not required."""
        return key_of(request, required=required)

    def expected_version(self, request: Request, *, required: bool = False) -> int | None:
        """The version in `If-Match`."""
        return expected_version_of(request, required=required)
