"""Each row of an audit log is sealed to all that came before it: what is changed, taken out or put in later, shows.

The seal is SHA-256 over the row and the seal before it. Whoever may write the whole database can seal it all anew; so
the newest seals are kept elsewhere too (`manage.py auditlog verify --keep FILE`), and are looked for when that is done.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connections

from storefront.database.router import alias_of

SEALED = (
    "at", "operator", "operator_name", "action", "command", "outcome", "detail", "object_type", "object_id",
    "object_name", "changes", "request_id",
)
CHUNK = 2_000


class Head(NamedTuple):
    """The newest sealed row of a log: what to look for later."""

    id: int
    seal: str


class Fault(NamedTuple):
    """What is wrong with a row."""

    id: int
    what: str


def seal(row: Mapping[str, Any], *, after: str) -> str:
    """Of a row that stands after the one with the seal `after`; the first stands after nothing."""
    told = [after, *(_plain(row[name]) for name in SEALED)]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode(errors="surrogatepass")).hexdigest()


def last_seal(log: str) -> str:
    """The newest seal; nobody else writes to the log until this transaction ends."""
    connection = connections[alias_of(log)]
    if connection.vendor == "postgresql":  # on SQLite there is one writer anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(current_database()), hashtext(%s))", [f"audit {log}"])
    rows = _rows(log).exclude(seal="").order_by("-id")
    return rows.values_list("seal", flat=True).first() or ""


def head(log: str) -> Head | None:
    """The newest sealed row."""
    found = _rows(log).exclude(seal="").order_by("-id").values_list("id", "seal").first()
    return Head(*found) if found else None


def faults(log: str, *, kept: Head | None = None) -> Iterator[Fault]:
    """Every row that is not as it was written, oldest first. kept: the head of an earlier time, which must be there."""
    before, has_begun, seen = "", False, ""
    for row in _rows(log).order_by("id").values("id", "seal", *SEALED).iterator(chunk_size=CHUNK):
        if not row["seal"]:
            if has_begun:
                yield Fault(row["id"], "has no seal: written by an older release, or from outside")
            continue
        has_begun = True
        if row["seal"] != seal(row, after=before):
            yield Fault(row["id"], "is not what was written, or a row before it is missing or too many")
        before = row["seal"]
        if kept and row["id"] == kept.id:
            seen = row["seal"]
    if kept and seen != kept.seal:
        yield Fault(kept.id, "was the newest row of an earlier check, and is gone or another")


def _rows(log: str) -> Any:
    return apps.get_model(log, "AuditEntry").objects


def _plain(value: Any) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)
