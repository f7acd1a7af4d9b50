"""The OpenAPI document and its page. No request leaves the shop: every asset is served here."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from drf_spectacular.generators import SchemaGenerator

from storefront.rest.hotview import get_only, stored
from storefront.topology import modules_here, topology

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Storefront API</title>
<link rel="icon" href="{assets}/favicon-32x32.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="docs.js"></script>
</body>
</html>
"""
_SCRIPT = """"use strict";
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
"""
_HEADERS = {
    # Swagger UI sets style attributes and draws its icons from data: URLs; nothing else is excepted.
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@get_only
def openapi(_: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 document: of the whole shop where it is at hand, else of the modules in this process."""
    body, etag = _document()
    return stored(body, etag=etag)


@get_only
def page(_: HttpRequest) -> HttpResponse:
    """Swagger UI over the document."""
    return HttpResponse(_PAGE.format(assets=static("drf_spectacular_sidecar/swagger-ui-dist")), headers=_HEADERS)


@get_only
def script(_: HttpRequest) -> HttpResponse:
    """What starts the page; a file of its own, so that no inline script is needed."""
    return HttpResponse(_SCRIPT, content_type="text/javascript; charset=utf-8", headers=_HEADERS)


def whole_document() -> bytes:
    """The document of the modules in this process; of the shop, where they are all of them."""
    generator: Any = SchemaGenerator
    return json.dumps(generator().get_schema(public=True), indent=1).encode()


@cache
def _document() -> tuple[bytes, str]:
    """A process that has a part of the shop hands out what was written where all modules were."""
    written = Path(settings.STOREFRONT_OPENAPI)
    is_part = set(modules_here()) < set(topology().modules)
    body = written.read_bytes() if is_part and written.is_file() else whole_document()
    return body, hashlib.sha256(body).hexdigest()[:32]
