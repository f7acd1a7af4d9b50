"""Every path of the shop: each module brings its own, under the one public prefix."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from storefront.rest.problem import no_such_path
from storefront.rest.static import media

urlpatterns = [
    path("", include("storefront.topology.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("storefront.rest.urls")),
    *(path("api/v1/", include(f"modules.{module}.api.urls")) for module in settings.STOREFRONT_MODULES),
    path("media/<path:name>", media),
    re_path(r"^api/", no_such_path),
]
handler400 = "storefront.rest.handlers.bad_request"
handler404 = "storefront.rest.handlers.not_found"
handler500 = "storefront.rest.handlers.server_error"
