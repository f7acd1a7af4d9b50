"""Headers, methods and keys that do not fit."""

from dataclasses import replace

from tests.hostile.attack import Attack, Attacks, spoilable
from tests.hostile.document import Operation, operations

KEYS = (
    "", " ", "with space", "x" * 256, "x" * 20_000, "tab\there", "\x00", "\x7f", "ä", "\xff", "a,\x01",
    "ключ".encode().decode("latin-1"),
)
VERSIONS = (
    '"0"', '"999999"', '"-1"', '"1', "1", '""', 'W/"999999"', '"x"', '"999999999999999999"',
    '"9999999999999999999999"', '"1.5"',
    '"999999", "1"', "null", "", "\x00", '"' + "9" * 10_000 + '"', "'1'", '"\xff"',
)
ACCEPTS = (
    "text/html", "application/xml", "image/*", "application/json;q=0", "x", "/", "application/jsonx", "\x00",
    "a" * 10_000,
)
AUTHORIZATIONS = (
    "Bearer {revoked}", "Bearer {unknown}", "Bearer {forged}", "Bearer", "Bearer ", "Bearer null", "Bearer sk_",
    "Basic YTpi", "{machine}",
    "Token {machine}", "Bearer {machine}x", "Bearer {machine}, Bearer {machine}", "Bearer {machine}\x00",
    "Bearer sk_a_b", "",
    "Bearer " + "x" * 20_000, "Bearer \xff\xfe", "Bearer ' OR 1=1 --", "Digest username=admin", "Bearer sk_%00",
    "Bearer {order_checkout}",
)
IGNORED = (
    ("X-HTTP-Method-Override", "DELETE"), ("X-Method-Override", "DELETE"), ("X-Request-Id", "x" * 500),
    ("X-Request-Id", "<script>"),
    ("X-Request-Id", "a\r\nX-Injected: yes"), ("traceparent", "00-zz-zz-zz"), ("traceparent", "0" * 5_000),
    ("traceparent", "\xff"),
    ("Range", "bytes=0-0,-1,5-2"), ("If-None-Match", "\x00"), ("If-None-Match", '"' * 5_000),
    ("If-None-Match", ", ," * 900),
    ("Cookie", "sessionid=x; csrftoken=y; =;;;"), ("Host", "evil.example:99999"), ("Host", "\xff"), ("Expect", "x"),
    ("X-Forwarded-For", "x, , \xff" * 99), ("X-Forwarded-Host", "evil.example"), ("Content-Encoding", "gzip"),
    ("X-Original-URL", "/admin/"), ("X-Forwarded-Proto", "gopher"), ("Accept-Language", "x" * 9_000),
    ("Idempotency-Key", "x" * 300),
)
METHODS = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "G\x00T", "FOO BAR",
    "X" * 5_000,
    "__INIT__", "DISPATCH", "HTTP_METHOD_NOT_ALLOWED",
)


def headers(operation: Operation) -> Attacks:
    """Each header that the operation reads, spoilt; and on reads, headers that must not matter."""
    request, known = spoilable(operation), operation.parameters_in("header")
    if "Idempotency-Key" in known:
        for key in KEYS:
            yield Attack("headers", operation, f"key {key[:20]!r}", request.having("Idempotency-Key", key))
        if known["Idempotency-Key"].get("required"):
            yield Attack("headers", operation, "no key", request.without("Idempotency-Key"))
    if "If-Match" in known:
        for version in VERSIONS:
            yield Attack("headers", operation, f"If-Match: {version[:30]}", request.having("If-Match", version))
        if known["If-Match"].get("required"):
            yield Attack("headers", operation, "no If-Match", request.without("If-Match"))
    for accept in ACCEPTS:
        yield Attack("headers", operation, f"Accept: {accept[:30]}", request.having("Accept", accept))
    for name, text in IGNORED if operation.is_safe else ():
        spoilt = request.having(name, text)
        yield Attack("headers", operation, f"{name}: {text[:30]!r}", spoilt, must_refuse=False)


def strangers(operation: Operation) -> Attacks:
    """Sound requests by those who may not."""
    request = spoilable(operation)
    reads_keys = operation.scope or not operation.is_safe
    for told in AUTHORIZATIONS:
        spoilt = request.having("Authorization", told)
        yield Attack("strangers", operation, f"Authorization: {told[:40]}", spoilt, must_refuse=bool(reads_keys))
    if operation.scope:
        yield Attack("strangers", operation, "a guest", request.without("Authorization"))
    if operation.scope or operation.is_safe:
        poor = request.having("Authorization", "Bearer {poor}")
        yield Attack("strangers", operation, "a poor key", poor, must_refuse=bool(operation.scope))


def methods(operation: Operation) -> Attacks:
    """Methods that the path does not have, also by overriding. Each path once, with its first operation."""
    siblings = [found for found in operations().values() if found.path == operation.path]
    if siblings[0] is not operation:
        return
    known = {found.method for found in siblings}
    request = spoilable(operation)
    for method in METHODS:
        if method.upper() in known or (method == "HEAD" and "GET" in known):
            continue
        spoilt = replace(request, method=method)
        yield Attack("methods", operation, f"by {method[:20]!r}", spoilt)
        overriding = spoilt.having("X-HTTP-Method-Override", next(iter(known)))
        yield Attack("methods", operation, f"by {method[:20]!r} that overrides", overriding)
    yield Attack("methods", operation, "by OPTIONS", replace(request, method="OPTIONS"), must_refuse=False)
    if operation.is_safe:
        yield Attack("methods", operation, "by HEAD", replace(request, method="HEAD"), must_refuse=False)
