"""What is wrong in a file, where, and whether it keeps its product out."""

from typing import NamedTuple


class Problem(NamedTuple):
    """A sentence about a line; an error keeps the whole product out, the rest is worth knowing."""

    line: int
    handle: str
    code: str
    detail: str
    is_error: bool = True


class FileRejected(ValueError):
    """The file as a whole cannot be read as products; nothing was imported."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
