"""Reads so frequent that they skip DRF: plain views over ready bytes."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from storefront.interface import Refusal
from storefront.rest.documentation import documented
from storefront.rest.fault import Fault
from storefront.rest.problem import problem_of
from storefront.rest.render import JSON, is_acceptable, matches, not_modified, quoted
from storefront.rest.throttle import admit
from storefront.rest.view import ModuleView

View = Callable[..., HttpResponse]


def stored(body: bytes, *, etag: str | int | None = None, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A ready JSON body. etag: without quotes."""
    response = HttpResponse(body, content_type=JSON)
    response.headers["Cache-Control"] = "no-cache"  # whoever keeps it asks with its ETag before showing it again
    response.headers["X-Content-Type-Options"] = "nosniff"
    if etag is not None:
        response.headers["ETag"] = quoted(etag)
    for name, text in (headers or {}).items():
        response.headers[name] = text
    return response


def hot(
    *, answers: Mapping[int, Any], query: type[msgspec.Struct] | None = None, refuses: tuple[type[Refusal], ...] = (),
    throttle: str = "read", summary: str = "",
) -> Callable[[View], View]:
    """A plain GET view, `view(request, **path)`, with a module view's manners: throttle, problems, ETag and 304.

    It stands in the OpenAPI document as if it were a `ModuleView`; `answers`, `query`, `refuses` as in `documented`.
    """

    def dress(view: View) -> View:
        @wraps(view)
        def lean(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            try:
                return _respond(view, request, throttle, kwargs)
            except Exception as error:  # as in ModuleView.dispatch
                return problem_of(error, request)

        describe = documented(answers=answers, query=query, refuses=refuses, summary=summary)
        lean.cls = type(view.__name__, (ModuleView,), {"get": describe(_method_of(view))})  # type: ignore[attr-defined]
        lean.initkwargs = {}  # type: ignore[attr-defined]  # cls and initkwargs: as DRF marks its own views
        lean.csrf_exempt = True  # type: ignore[attr-defined]
        return lean

    return dress


def get_only(view: View) -> View:
    """A plain GET view with the same manners, outside the OpenAPI document."""

    @wraps(view)
    def lean(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return _respond(view, request, "read", kwargs)
        except Exception as error:
            return problem_of(error, request)

    return lean


def _respond(view: View, request: HttpRequest, throttle: str, kwargs: dict[str, Any]) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": "GET, HEAD, OPTIONS"})
        raise Fault(
            "method_not_allowed", "Only GET is allowed here.", status=405, headers={"Allow": "GET, HEAD, OPTIONS"}
        )
    if "\0" in request.path:
        raise Fault("not_found", "No path has a NUL character.", status=404)
    rate = admit(request, throttle)
    response = view(request, **kwargs)
    meta = request.META
    accepts = meta.get("HTTP_ACCEPT")
    if accepts and accepts != "*/*" and not is_acceptable(accepts, response.headers["Content-Type"].partition(";")[0]):
        raise Fault("not_acceptable", f"This is available as {response.headers['Content-Type']}.", status=406)
    wanted = meta.get("HTTP_IF_NONE_MATCH")
    if wanted and response.status_code == 200 and matches(wanted, response.headers.get("ETag", "none")):
        response = not_modified(response)
    for name, text in rate.items():
        response.headers[name] = text
    return response


def _method_of(view: View) -> Any:
    def get(_self: ModuleView, request: Any, **kwargs: Any) -> HttpResponse:
        return view(request, **kwargs)

    get.__doc__ = view.__doc__
    return get
