"""System checks of how operators come in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # Django's own name

SHORTEST = 32
CHOICES = ("required", "offered")


@register("storefront")
def check_second_factor(**_kwargs: Any) -> list[CheckMessage]:
    """A setting that nobody understands would be taken for the stricter one; sealing keys are long."""
    found: list[CheckMessage] = []
    if settings.STOREFRONT_SECOND_FACTOR not in CHOICES:
        told = f"STOREFRONT_SECOND_FACTOR is {settings.STOREFRONT_SECOND_FACTOR!r}."
        found.append(Error(told, hint=f"Say {' or '.join(CHOICES)}.", id="storefront.E021"))
    if any(len(key) < SHORTEST for key in settings.STOREFRONT_SEALING_KEYS):
        hint = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        told = f"A key of STOREFRONT_SEALING_KEYS has fewer than {SHORTEST} characters."
        found.append(Error(told, hint=hint, id="storefront.E022"))
    return found


@register(Tags.security, deploy=True)
def check_that_it_is_required(**_kwargs: Any) -> list[CheckMessage]:
    """In production a password alone opens nothing."""
    if settings.STOREFRONT_SECOND_FACTOR == "required":
        return []
    hint = "Leave it unset: operators without a device enrol one when they sign in."
    return [Warning("STOREFRONT_SECOND_FACTOR is not required.", hint=hint, id="storefront.W021")]
