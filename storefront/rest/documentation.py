"""What a view says about itself for the OpenAPI document."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from drf_spectacular.openapi import AutoSchema

from storefront.interface import Refusal

F = TypeVar("F", bound=Callable[..., Any])


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One documented method."""

    answers: Mapping[int, Any]
    request: Any = None
    query: Any = None
    refuses: tuple[type[Refusal], ...] = ()
    summary: str = ""
    key_required: bool = False
    version: str = ""  # "", "accepted" or "required"


def documented(
    *, answers: Mapping[int, Any], request: Any = None, query: Any = None, refuses: tuple[type[Refusal], ...] = (),
    summary: str = "", key_required: bool = False, version: str = "",
) -> Callable[[F], F]:
    """Describe a method of a `ModuleView`. Its docstring is the description.

    answers: status to the type of the body, None for an empty one, or a media type such as "application/pdf".
    version: "accepted" or "required" if the method reads `If-Match`.
    """

    def mark(method: F) -> F:
        method.__documented__ = Operation(  # type: ignore[attr-defined]
            answers=answers, request=request, query=query, refuses=refuses, summary=summary,
            key_required=key_required, version=version,
        )
        return method

    return mark


class ModuleSchema(AutoSchema):
    """Writes the OpenAPI operation of a documented method."""
