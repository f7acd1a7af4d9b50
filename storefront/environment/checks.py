"""System checks of the environment: a variable that says what nobody understands, and a key that nobody set."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # Django's own name

from storefront.environment.rules import Wrong


@register("storefront")
def check_environment(**_kwargs: Any) -> list[CheckMessage]:
    """Each variable of the environment keeps its rule."""
    return [Error(wrong.told, hint=wrong.hint, id="storefront.E030") for wrong in _wrong()]


@register(Tags.security, deploy=True)
def check_secret_key(**_kwargs: Any) -> list[CheckMessage]:
    """A shop that is deployed has a key of its own; the one made in `DATA_DIR` is lost with it, and in no backup."""
    if os.environ.get("SECRET_KEY"):
        return []
    hint = "python -c 'import secrets; print(secrets.token_urlsafe(50))', the same in every process."
    return [Warning("SECRET_KEY is not set: the one made in DATA_DIR is used.", hint=hint, id="storefront.W030")]


def refuse_wrong_settings() -> None:
    """Called by what serves or works without Django's checks.

    :raises SystemExit: a variable breaks its rule; all that do are told
    """
    if wrong := _wrong():
        raise SystemExit("\n".join(f"{one.told} {one.hint}" for one in wrong))


def _wrong() -> tuple[Wrong, ...]:
    found: tuple[Wrong, ...] = settings.STOREFRONT_WRONG_VARIABLES
    return found
