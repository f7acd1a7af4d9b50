"""All attacks that can be made of the document, and the choice that a run sends."""

import os
from collections import defaultdict
from functools import cache
from itertools import chain
from random import Random

from tests.hostile.attack import Attack
from tests.hostile.bodies import shaped
from tests.hostile.document import operations
from tests.hostile.headers import headers, methods, strangers
from tests.hostile.raw import raw
from tests.hostile.sound import SOUND
from tests.hostile.tampering import tampering
from tests.hostile.targets import paths, queries

COUNT = int(os.environ.get("HOSTILE_REQUESTS", "2000"))
SEED = int(os.environ.get("HOSTILE_SEED", "20260101"))
KINDS = ("bodies", "headers", "methods", "paths", "queries", "strangers", "tampering")
SHARES = {"bodies": 5, "queries": 5}
"""How many of a kind are drawn at a time: these can be wrong in most ways."""

_MAKERS = (shaped, raw, headers, methods, strangers, paths, queries, tampering)


@cache
def pool() -> tuple[Attack, ...]:
    """Every attack, in the document's order; what two makers send alike is sent once."""
    known = [operation for name, operation in operations().items() if name in SOUND]
    found = chain.from_iterable(make(operation) for operation in known for make in _MAKERS)
    return tuple({attack.request: attack for attack in found}.values())


@cache
def chosen() -> tuple[Attack, ...]:
    """As many as the run sends: all that tampers, and of the rest what the seed draws.

    Every operation gets its share of every kind before one gets more.
    """
    rolls: dict[tuple[str, str], list[Attack]] = defaultdict(list)
    for attack in pool():
        if attack.kind != "tampering" and (attack.must_refuse or attack.kind != "bodies"):
            rolls[attack.kind, attack.operation.name].append(attack)
    chance = Random(SEED)
    for roll in rolls.values():
        chance.shuffle(roll)
    found = [attack for attack in pool() if attack.kind == "tampering"]
    while len(found) < COUNT and any(rolls.values()):
        for (kind, _), roll in rolls.items():
            found += [roll.pop() for _ in range(min(len(roll), SHARES.get(kind, 1)))]
    return tuple(found[:COUNT])


@cache
def harmless() -> tuple[Attack, ...]:
    """Bodies that look hostile and yet have the right form; not those that begin to place an order."""
    found = [
        attack for attack in pool()
        if attack.kind == "bodies" and not attack.must_refuse and not attack.operation.path.endswith("/complete")
    ]
    Random(SEED).shuffle(found)
    return tuple(found[:300])
