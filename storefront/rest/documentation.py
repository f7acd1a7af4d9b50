"""What a view says about itself, for the OpenAPI document."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec

from storefront.interface import Refusal

F = TypeVar("F", bound=Callable[..., Any])

Version = Literal["", "accepted", "required"]


class Documentation(msgspec.Struct, frozen=True, kw_only=True):
    """One method, as a client needs to know it."""

    answers: Mapping[int, Any]
    request: Any = None
    query: type[msgspec.Struct] | None = None
    refuses: tuple[type[Refusal], ...] = ()
    summary: str = ""
    key_required: bool = False
    version: Version = ""
    headers: Mapping[str, str] = {}


def documented(
    *, answers: Mapping[int, Any], request: Any = None, query: type[msgspec.Struct] | None = None,
    refuses: tuple[type[Refusal], ...] = (), summary: str = "", key_required: bool = False, version: Version = "",
    headers: Mapping[str, str] | None = None,
) -> Callable[[F], F]:
    """Describe a method of a `ModuleView`; its docstring is the description.

    answers: status to the type of the body; None for an empty one; a media type, such as "application/pdf", for bytes.
    request: the type of the body; a media type for raw bytes, such as a webhook's.
    query: the shape that `read_query` reads.
    refuses: the refusals that become problems, beside those of the platform.
    key_required: the method calls `self.key(request, required=True)`.
    version: whether the method reads `If-Match`, and insists on it.
    headers: further request headers and what each is for.
    """

    def mark(method: F) -> F:
        method.__documentation__ = Documentation(  # type: ignore[attr-defined]
            answers=answers, request=request, query=query, refuses=refuses, summary=summary,
            key_required=key_required, version=version, headers=headers or {},
        )
        return method

    return mark
