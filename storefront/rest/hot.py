"""Reads so frequent that they skip DRF: plain views over ready bytes."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

from storefront.interface import Refusal
from storefront.rest.documentation import documented
from storefront.rest.fault import Fault
from storefront.rest.problem import problem_of
from storefront.rest.render import JSON, matches, not_modified, quoted
from storefront.rest.throttle import admit
from storefront.rest.view import ModuleView

View = Callable[..., HttpResponse]


def stored(body: bytes, *, etag: str | int | None = None, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A ready JSON body. etag: without quotes."""
    response = HttpResponse(body, content_type=JSON)
    if etag is not None:
        response.headers["ETag"] = quoted(etag)
    for name, text in (headers or {}).items():
        response.headers[name] = text
    return response


def hot(
    *, answers: Mapping[int, Any], query: Any = None, refuses: tuple[type[Refusal], ...] = (), throttle: str = "read",
    summary: str = "",
) -> Callable[[View], View]:
    """A plain GET view with a module view's manners: throttle, problems, ETag and 304, a place in OpenAPI."""

    def dress(view: View) -> View:
        @wraps(view)
        def lean(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            try:
                response = _respond(view, request, throttle, kwargs)
            except Exception as error:  # noqa: BLE001  # as in ModuleView.dispatch
                return problem_of(error, request)
            return response

        method = documented(answers=answers, query=query, refuses=refuses, summary=summary)(_method(view))
        lean.cls = type(view.__name__, (ModuleView,), {"get": method, "throttle": throttle})  # type: ignore[attr-defined]
        lean.csrf_exempt = True  # type: ignore[attr-defined]
        return lean

    return dress


def _respond(view: View, request: HttpRequest, throttle: str, kwargs: dict[str, Any]) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        raise Fault("method_not_allowed", "Only GET is allowed here.", status=405, headers={"Allow": "GET, HEAD"})
    if "\0" in request.path:
        raise Fault("not_found", "No path has a NUL character.", status=404)
    rate = admit(request, throttle)
    response = view(request, **kwargs)
    wanted = request.META.get("HTTP_IF_NONE_MATCH")
    if wanted and response.status_code == 200 and matches(wanted, response.headers.get("ETag", "none")):
        response = not_modified(response)
    response.headers.update(rate)
    return response


def _method(view: View) -> Any:
    def get(self: ModuleView, request: Any, **kwargs: Any) -> HttpResponse:
        return view(request, **kwargs)

    get.__doc__ = view.__doc__
    return get
