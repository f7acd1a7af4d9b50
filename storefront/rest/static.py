"""Files served by the same process: static ones by WhiteNoise, pictures and other media by name."""

import mimetypes
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils._os import safe_join
from django.utils.http import http_date
from whitenoise.middleware import WhiteNoiseMiddleware

from storefront.rest.problem import no_such_path
from storefront.rest.render import matches, not_modified

SHOWN_INLINE = frozenset({"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"})
"""What a browser may show from here; the rest is downloaded, so nothing uploaded can run as a page."""

_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise is untyped
    """WhiteNoise, also before anybody has run `collectstatic`."""

    def __init__(self, get_response: Any = None) -> None:
        root: Any = settings.STATIC_ROOT
        collected = bool(root) and Path(root).is_dir()
        super().__init__(get_response, settings=cast("Any", SimpleNamespace(
            STATIC_ROOT=str(root) if collected else None, STATIC_URL=settings.STATIC_URL, DEBUG=settings.DEBUG,
            FORCE_SCRIPT_NAME=settings.FORCE_SCRIPT_NAME, WHITENOISE_USE_FINDERS=settings.DEBUG or not collected,
            WHITENOISE_AUTOREFRESH=bool(settings.DEBUG or not collected),
            WHITENOISE_MAX_AGE=0 if settings.DEBUG else 3600,
        )))


def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of `MEDIA_ROOT`. Its name never comes to mean another content, so it is cached for a year."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    path = _path_of(name)
    if path is None:
        return no_such_path(request)
    status = path.stat()
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    headers = _HEADERS | {"ETag": etag, "Last-Modified": http_date(status.st_mtime)}
    if matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
        return not_modified(HttpResponse(headers=headers))
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return FileResponse(
        path.open("rb"), as_attachment=kind not in SHOWN_INLINE, filename=path.name, content_type=kind, headers=headers
    )


def _path_of(name: str) -> Path | None:
    """The file of this name inside `MEDIA_ROOT`; links that lead out of it are not followed."""
    if "\0" in name or any(part.startswith(".") for part in name.split("/")):
        return None
    try:
        path = Path(safe_join(settings.MEDIA_ROOT, name)).resolve()
        inside = path.is_relative_to(Path(settings.MEDIA_ROOT).resolve())
        return path if inside and path.is_file() else None
    except (SuspiciousFileOperation, ValueError, OSError):  # outside, or no name that a file can have
        return None
