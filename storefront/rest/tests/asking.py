"""How the tests ask, and what every problem must look like."""

import json
from typing import Any

from django.test import Client


class Asking:
    """A client that sends JSON bytes as they are."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=named(headers))

    def send(
        self, path: str, body: bytes | str | Any = b"", *, method: str = "POST", content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.client.generic(method, path, data, content_type=content_type, headers=named(headers))


def content_of(response: Any) -> bytes:
    """The bytes of a file, read to its end so that it is closed."""
    return b"".join(response.streaming_content)


def named(headers: dict[str, str]) -> dict[str, str]:
    """`if_match` as `If-Match`."""
    return {name.replace("_", "-"): text for name, text in headers.items()}


def problem_in(response: Any, *, status: int, code: str) -> dict[str, Any]:
    """The problem that a response carries; asserts its shape."""
    told: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, told["code"]) == (status, code), told
    assert response.headers["Content-Type"] == "application/problem+json"
    assert told["type"] == f"/problems/{code}"
    assert told["status"] == status
    assert told["title"]
    assert told["request_id"] == response.headers["X-Request-Id"]
    return told
