"""The next request of a sender: made of the document, of an attack, or of a sound request."""

import json
from collections import defaultdict
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from tests.edge.policy import POLICY
from tests.fuzz.known import KINDS, Known
from tests.fuzz.making import WORDS, Maker
from tests.fuzz.roles import Role
from tests.hostile import values
from tests.hostile.attack import Attack
from tests.hostile.document import PREFIX, Operation, operations
from tests.hostile.pool import pool
from tests.hostile.sound import SOUND, sound_request
from tests.hostile.wire import Request

ATTACKS, SOUNDS = 0.4, 0.15
"""Of the requests; the rest is made of the document."""
OWN = 0.8
"""Of the requests: for operations that the sender may do."""


class Sender:
    """One role at work."""

    def __init__(self, role: Role, known: Known, chance: Random) -> None:
        self._role, self._known, self._chance = role, known, chance
        self._make = Maker(chance, known)
        self._own = [found for found in operations().values() if not found.scope or found.scope in role.scopes]
        self._keys = [f"intent-{number}" for number in range(6)]

    def next(self) -> Attack:
        """What it sends next."""
        many = self._own if self._chance.random() < OWN else list(operations().values())
        operation, roll = self._chance.choice(many), self._chance.random()
        if roll < ATTACKS and _attacks()[operation.name]:
            attack = self._chance.choice(_attacks()[operation.name])
            return attack if attack.kind == "strangers" else self._tried(attack)
        if roll < ATTACKS + SOUNDS and operation.name in SOUND:
            request = self._keyed(self._as_role(sound_request(operation)), operation)
            return Attack("sound", operation, "sound", request, must_refuse=False)
        return self._made(operation)

    def _tried(self, attack: Attack) -> Attack:
        """An attack by this role; what only a guest is refused is not one."""
        right = POLICY.get(attack.operation.name)
        may = right is not None and bool(right.holder) and right.scope in self._role.scopes
        return replace(attack, request=self._as_role(attack.request), must_refuse=attack.must_refuse and not (
            may and attack.kind == "tampering"
        ))

    def _as_role(self, request: Request) -> Request:
        request = request.without("Authorization")
        return replace(request, headers=(*request.headers, *self._role.headers))

    def _made(self, operation: Operation) -> Attack:
        headers, body, is_wrong = self._role.headers, None, False
        if operation.body is not None and (operation.body or self._chance.random() < 0.5):
            made = self._sensible(operation, self._make.body(operation.body))
            is_wrong = not operation.accepts(made) or _is_unsound(made)
            headers, body = (*headers, ("Content-Type", "application/json")), values.encoded(made)
        path, query = self._path(operation), self._query(operation)
        target = f"{path}?{query}" if query else path
        request = self._conditional(self._keyed(Request(operation.method, target, headers, body), operation), operation)
        return Attack("made", operation, "made of the document", request, must_refuse=is_wrong)

    def _sensible(self, operation: Operation, made: Any) -> Any:
        """Totals are mostly those that were shown: else no order would ever be placed."""
        is_sum = isinstance(made, dict) and isinstance(made.get("expected_total"), dict)
        if is_sum and self._known.totals and self._chance.random() < 0.8:
            made["expected_total"] = self._known.totals[self._chance.choice(list(self._known.totals))]
        return made

    def _path(self, operation: Operation) -> str:
        path = PREFIX + operation.path
        cart = self._known.one("crt")
        for name in operation.parameters_in("path"):
            found = self._segment(name)
            if name == "cart_id" and cart and self._chance.random() < 0.9:
                found = cart
            if name == "line_id" and cart and self._known.lines.get(cart) and self._chance.random() < 0.8:
                found = self._chance.choice(self._known.lines[cart])
            path = path.replace(f"{{{name}}}", quote(found, safe="", errors="replace"))
        return path

    def _segment(self, name: str) -> str:
        roll = self._chance.random()
        if roll < 0.85:
            known = self._known.one(KINDS[name]) if name in KINDS else self._chance.choice(WORDS.get(name, ("x",)))
            if known:
                return known
        if roll < 0.95:
            return self._known.any() or "x"
        return self._chance.choice([text for text in values.TEXTS if text and "/" not in text and len(text) < 400])

    def _query(self, operation: Operation) -> str:
        given: list[tuple[str, str]] = []
        for name, parameter in operation.parameters_in("query").items():
            if self._chance.random() > 0.35 and not parameter.get("required"):
                continue
            if name == "cursor" and self._known.cursors and self._chance.random() < 0.8:
                given.append((name, self._chance.choice(self._known.cursors)))
                continue
            made = self._make.value(parameter["schema"], name)
            given += [(name, _as_text(each)) for each in (made if isinstance(made, list) else [made])]
        return urlencode(given, errors="replace")

    def _keyed(self, request: Request, operation: Operation) -> Request:
        """Mostly a key of its own; sometimes one of a few, for this or another request; sometimes none."""
        if operation.is_safe:
            return request
        roll, number = self._chance.random(), self._chance.getrandbits(64)
        if roll < 0.7:
            return request.having("Idempotency-Key", f"once-{number:x}")
        return request.having("Idempotency-Key", self._chance.choice(self._keys)) if roll < 0.9 else (
            request.without("Idempotency-Key")
        )

    def _conditional(self, request: Request, operation: Operation) -> Request:
        path = request.target.partition("?")[0]
        if operation.is_safe and path in self._known.etags and self._chance.random() < 0.2:
            return request.having("If-None-Match", self._known.etags[path])
        if "If-Match" not in operation.parameters_in("header") or self._chance.random() < 0.3:
            return request
        last = self._known.etags.get(path.partition("/lines")[0])
        is_last = last and self._chance.random() < 0.8
        return request.having("If-Match", last if last and is_last else self._chance.choice(ETAGS))


ETAGS = ("*", '"1"', '"2"', '"999"', 'W/"1"')


@cache
def _attacks() -> dict[str, list[Attack]]:
    found: dict[str, list[Attack]] = defaultdict(list)
    for attack in pool():
        found[attack.operation.name].append(attack)
    return found


def _is_unsound(made: Any) -> bool:
    """Whether something in it can neither be stored nor be written as JSON."""
    if isinstance(made, dict):
        return any(_is_unsound(part) for pair in made.items() for part in pair)
    if isinstance(made, list):
        return any(_is_unsound(part) for part in made)
    return values.is_never_sound(made)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


