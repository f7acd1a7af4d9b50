"""Every path of the shop: each module brings its own, under the one public prefix."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("storefront.rest.urls")),
    *(path("api/v1/", include(f"modules.{module}.api.urls")) for module in settings.STOREFRONT_MODULES),
]
