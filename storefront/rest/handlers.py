"""Django's own error pages, as problems under `/api/`: the root URLconf names these as its handlers."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views import defaults

from storefront.rest.problem import no_such_path, problem


def bad_request(request: HttpRequest, exception: Exception, **_: Any) -> HttpResponseBase:
    """400: Django could not read the request."""
    if _is_api(request):
        return problem(
            "bad_request", status=400, title="Bad request", request=request, detail="The request cannot be read."
        )
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception, **_: Any) -> HttpResponseBase:
    """404."""
    return no_such_path(request) if _is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, **_: Any) -> HttpResponseBase:
    """500: something outside any view failed; Django has logged it."""
    if _is_api(request):
        return problem(
            "internal_error", status=500, title="Internal error", request=request,
            detail="Something broke on our side; it has been logged under the request id.",
        )
    return defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
