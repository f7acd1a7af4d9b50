"""Machine keys: `Authorization: Bearer sk_<prefix>_<secret>`, scoped."""

from typing import Any

from rest_framework.authentication import BaseAuthentication


def require_scope(request: Any, scope: str | None) -> Any:
    """The key of the request, if there is one."""
    return None


class ApiKeyAuthentication(BaseAuthentication):
    """For DRF views that are not module views."""

    def authenticate(self, request: Any) -> None:
        return None
