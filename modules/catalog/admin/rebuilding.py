"""Forms whose saving rebuilds what the shop front reads, in one transaction with what was changed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from storefront import clock
from storefront.database.unit import unit_of_work


class RebuildingAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Saves within a unit of work of the catalogue, so that events are published with the change."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; what it saves, its listings and its events are one commit."""
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return]
        with unit_of_work("catalog") as unit:
            unit.now = clock.now()
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[no-any-return]
