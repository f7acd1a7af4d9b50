"""The parts of the OpenAPI document that every operation shares."""

from typing import Any, Final

Json = dict[str, Any]

PROBLEM: Final[Json] = {"$ref": "#/components/schemas/Problem"}

_TEXT: Final[Json] = {"type": "string"}
_KEY: Final[Json] = {
    "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "description": "Any text, new for each intent. Sent again, it brings the first answer and has no second effect.",
}
_MATCH: Final[Json] = {
    "name": "If-Match", "in": "header", "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,18}")$'},
    "description": "The ETag that was read last: the change is refused with 412 if somebody else was faster.",
}

PARAMETERS: Final[dict[str, Json]] = {
    "RequestId": {
        "name": "X-Request-Id", "in": "header", "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
        "description": "Returned, and found in problems and logs; made here if absent.",
    },
    "IdempotencyKey": _KEY,
    "IdempotencyKeyRequired": _KEY | {"required": True},
    "IfMatch": _MATCH,
    "IfMatchRequired": _MATCH | {"required": True},
    "IfNoneMatch": {
        "name": "If-None-Match", "in": "header", "schema": _TEXT,
        "description": "An ETag that was read before: 304 without a body if it is still the present one.",
    },
}

MEANINGS: Final[dict[int, tuple[str, str]]] = {
    400: ("BadRequest", "The request cannot be read: malformed JSON, cursor or header."),
    401: ("Unauthenticated", "The machine key is missing, unknown or revoked."),
    403: ("InsufficientScope", "The machine key lacks the scope."),
    404: ("NotFound", "There is no such thing, or it is not yours."),
    406: ("NotAcceptable", "The Accept header admits nothing that is available."),
    409: ("Conflict", "The state of the thing does not allow it."),
    411: ("LengthRequired", "The body needs a Content-Length."),
    412: ("PreconditionFailed", "The thing has changed since it was read."),
    413: ("TooLarge", "The body is over 256 KiB."),
    415: ("UnsupportedMediaType", "The body is not application/json in UTF-8."),
    422: ("Unprocessable", "Body or query has another shape, or the Idempotency-Key belongs to another request."),
    428: ("PreconditionRequired", "If-Match is required."),
    429: ("Throttled", "Too many requests; Retry-After tells when."),
    503: ("Unavailable", "Nothing was done, or the outcome is unknown: repeat with the same Idempotency-Key."),
}
"""What the platform itself may answer, beside the refusals of the modules."""

SECURITY: Final[Json] = {
    "machineKey": {
        "type": "http", "scheme": "bearer", "bearerFormat": "sk_<prefix>_<secret>",
        "description": "A machine's key with scopes, made in the admin or by `manage.py apikey create`.",
    }
}


def problem_response(description: str) -> Json:
    """A response that carries a problem."""
    return {"description": description, "content": {"application/problem+json": {"schema": PROBLEM}}}


RESPONSES: Final[dict[str, Json]] = {name: problem_response(text) for name, text in MEANINGS.values()}
