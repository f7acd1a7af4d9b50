"""What every answer to a hostile request must be, and what must not have happened."""

import logging
import re
from typing import Any

from jsonschema import Draft202012Validator

from storefront.testing.statements import counted
from tests.hostile.attack import Attack
from tests.hostile.document import document
from tests.hostile.ledger import Ledger
from tests.hostile.shop import Shop
from tests.hostile.wire import Reply

MEMBERS = ("type", "title", "status", "detail", "code", "request_id")
INSIDES = re.compile(
    r"Traceback|\.py\b|site-packages|psycopg|sqlite3|django\.|msgspec|INSERT INTO|DELETE FROM|UPDATE \w+ SET|"
    r"SELECT .{1,80} FROM|DETAIL:|OperationalError|IntegrityError|ValueError|TypeError|<module|<class|object at 0x"
)
SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}")
CATCH_ALLS = ("malformed_call", "invalid_value", "internal_error", "error")
"""Codes that say that nobody thought of it: bounded shapes refuse earlier, and say what is wrong."""


class Judge:
    """Sends attacks, and says what was wrong with the answers."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.ledger = Ledger()
        self.log = Errors()

    def try_out(self, attack: Attack) -> list[str]:
        """Send one attack; returns what should not be."""
        logging.getLogger().addHandler(self.log)
        with counted() as statements:
            reply = self.shop.ask(attack.request)
        logging.getLogger().removeHandler(self.log)
        found = complaints(attack, reply) + self.log.emptied()
        changes = self.ledger.changes(statements)
        if reply.status >= 400 or attack.operation.is_safe or attack.must_refuse:
            found += [f"{table} has changed" for table in changes]
        evidence = f"{self.shop.filled(attack.request)}\n  {reply.body[:500]!r}"
        return [f"{attack}: {complaint}\n  {evidence}" for complaint in found]

    def changes(self) -> list[str]:
        """The tables that have changed since the last look, whoever did it."""
        return [f"{table} has changed" for table in self.ledger.all_changes()]


def complaints(attack: Attack, reply: Reply) -> list[str]:
    """What is wrong with an answer."""
    found = []
    if reply.status not in expected(attack):
        found.append(f"{reply.status} is not expected here")
    if INSIDES.search(reply.body.decode("latin-1")):
        found.append("it tells of our insides")
    if "X-Injected" in reply.headers or not SANE.fullmatch(reply.headers.get("X-Request-Id", "")):
        found.append("a header came from the attacker")
    return found + (_of_problem(reply) if reply.status >= 400 else [])


def expected(attack: Attack) -> set[int]:
    """The statuses that may be: documented, and for a refusal no other than a client's errors."""
    known = set(attack.operation.statuses)
    if attack.kind == "methods":
        known = (set(attack.operation.statuses) | {204} if not attack.must_refuse else set()) | {405}
    if attack.kind == "paths":
        known |= {404, 405}  # the path may be another's, or nobody's
    return {status for status in known if status < 500 and (status >= 400 or not attack.must_refuse)}


def _of_problem(reply: Reply) -> list[str]:
    if reply.headers.get("Content-Type") != "application/problem+json":
        return [f"an error of {reply.headers.get('Content-Type')}"]
    try:
        told: Any = reply.json()
    except ValueError as error:
        return [f"no JSON: {error}"]
    problem = {**document()["components"]["schemas"]["Problem"], "components": document()["components"]}
    found = [error.message[:200] for error in Draft202012Validator(problem).iter_errors(told)]
    found += [f"no {member}" for member in MEMBERS if not told.get(member)]
    if found:
        return found
    if told["status"] != reply.status or told["request_id"] != reply.headers.get("X-Request-Id"):
        found.append("status or request id is another than its headers'")
    if told["code"] in CATCH_ALLS or not re.fullmatch(r"[a-z]+(?:[._][a-z]+)*", told["code"]):
        found.append(f"the code {told['code']!r}")
    if reply.status == 401 and "WWW-Authenticate" not in reply.headers:
        found.append("401 without WWW-Authenticate")
    if reply.status == 405 and "Allow" not in reply.headers:
        found.append("405 without Allow")
    return found


class Errors(logging.Handler):
    """Keeps what was logged as an error: somebody would have to act on it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(f"it logs: {record.getMessage()[:200]} {record.exc_info and record.exc_info[1]!r:.300}")

    def emptied(self) -> list[str]:
        """What was heard since the last time."""
        heard, self._heard = self._heard, []
        return heard
