"""Bodies that are no JSON, too much of it, or something else altogether."""

import gzip
import json
from dataclasses import replace

from tests.hostile.attack import Attack, Attacks, spoilable
from tests.hostile.document import Operation
from tests.hostile.sound import SOUND
from tests.hostile.wire import Request

LIMIT = 256 * 1024

SPOILT = {
    "an empty string": b'""', "a number": b"7", "null": b"null", "true": b"true", "a list": b"[]",
    "a list of itself": b"[{}]",
    "one brace": b"{", "a brace too many": b"{}}", "two objects": b"{}{}", "a comma too many": b'{"a":1,}',
    "single quotes": b"{'a': 1}", "a comment": b"{/* */}", "a bare name": b"{a: 1}", "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}', "a NUL": b"\0", "many NULs": b"\0" * 1_000, "invalid UTF-8": b'{"a": "\xff\xfe"}',
    "an overlong encoding": b'{"a": "\xc0\x80"}', "half a character": b'{"a": "\xe2\x82"}',
    "latin-1": '{"ä": "ö"}'.encode("latin-1"),
    "a raw control character": b'{"a": "\x01"}', "a bad escape": b'{"a": "\\x41"}', "half an escape": b'{"a": "\\u12"}',
    "a lone surrogate": b'{"a": "\\ud800"}', "deep lists": b"[" * 100_000,
    "deep and closed lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "deep lists in a name": b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a long number": b'{"a": ' + b"9" * 5_000 + b"}", "a long fraction": b'{"a": 0.' + b"1" * 100_000 + b"}",
    "a huge exponent": b'{"a": 1e999999999}',
    "many names": b"{" + b",".join(b'"n%d":1' % n for n in range(20_000)) + b"}",
    "a form": b"a=1&b=2",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",
}
MEDIA = (
    "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
    "application/json; charset=utf-16", "application/json; charset=latin-1", "application/jsonx", "json",
    "application/",
    "application/json, text/plain", "\x00", "application/json;" + "a" * 5_000, "text/json", "*/*",
)
LENGTHS = ("abc", "-1", "1e3", "999999999", "9" * 400, "0x10", " ", "12,12")


def raw(operation: Operation) -> Attacks:
    """What is not JSON at all, in the wrong encoding or media type, or too large."""
    if operation.body is None:
        return
    request = spoilable(operation)
    for what, body in SPOILT.items():
        yield Attack("bodies", operation, what, replace(request, body=body))
    yield from _encodings(operation, request)
    yield from _sizes(operation, request)
    for media in MEDIA:
        yield Attack("bodies", operation, f"sent as {media[:40]!r}", request.having("Content-Type", media))
    for length in LENGTHS:
        yield Attack("bodies", operation, f"of length {length[:20]!r}", request.having("Content-Length", length))


def _encodings(operation: Operation, request: Request) -> Attacks:
    text = (request.body or b"").decode()
    spoilt = {
        "UTF-16": text.encode("utf-16"), "UTF-32": text.encode("utf-32"),
        "a byte order mark": b"\xef\xbb\xbf" + text.encode(),
        "rubbish at its end": text.encode() + b" x", "its end missing": text.encode()[:-1],
        "gzip": gzip.compress(text.encode(), mtime=0), "JSON in JSON": json.dumps(text).encode(),
    }
    for what, body in spoilt.items():
        yield Attack("bodies", operation, f"in {what}", replace(request, body=body))
    if SOUND[operation.name].body:
        yield Attack("bodies", operation, "left out, media type and all", request.without("Content-Type"))
    chunked = replace(request.having("Transfer-Encoding", "chunked"), body=None)
    yield Attack("bodies", operation, "in chunks of unknown length", chunked)


def _sizes(operation: Operation, request: Request) -> Attacks:
    body = request.body or b""
    for what, padded in {
        "spaces": body + b" " * LIMIT, "text": b'{"a": "' + b"x" * LIMIT + b'"}', "items": b"[" + b"0," * LIMIT + b"0]",
    }.items():
        yield Attack("bodies", operation, f"over 256 KiB of {what}", replace(request, body=padded))


