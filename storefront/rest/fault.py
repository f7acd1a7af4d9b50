"""What the platform itself refuses about a request, before any module sees it."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Defect(msgspec.Struct, frozen=True):
    """One thing wrong with a request. pointer: a JSON pointer into the body, or `?name` of the query."""

    pointer: str
    code: str
    detail: str


class Fault(Exception):
    """Becomes a problem: `status`, stable `code`, one sentence, and where it is."""

    def __init__(
        self, code: str, detail: str, *, status: int = 400, errors: tuple[Defect, ...] = (),
        headers: Mapping[str, str] | None = None, members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.errors = errors
        self.headers = headers or {}
        self.members = members or {}
