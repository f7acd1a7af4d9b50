"""One episode: a shop, a sender, some hundred requests, and what was wrong with the answers."""

import io
import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from django.core.management import CommandError, call_command

from storefront.testing.statements import counted
from storefront.testing.world import World
from tests.edge.policy import POLICY
from tests.fuzz.asking import Sender
from tests.fuzz.known import Known
from tests.fuzz.roles import Role, role
from tests.hostile.attack import Attack
from tests.hostile.document import Operation, validator_of
from tests.hostile.ledger import Ledger
from tests.hostile.shop import Shop, opened
from tests.hostile.verdict import Errors, complaints
from tests.hostile.wire import Reply, Request

SETTLED_EVERY = 20
SLOWEST_SECONDS = 1.0
"""Of processor time, for one request."""

JOURNALS = ("checkout.checkout_checkout", "checkout.checkout_saga", "cart.cart_tombstone", "cart.cart_cart")
LEDGERS = ("payments.", "inventory.", "checkout.checkout_outbox")
"""Where a purchase that came to nothing is noted: begun and undone, declined, held and released. Never an order."""


@dataclass
class Tally:
    """What an episode, or several, came to."""

    requests: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Put another's numbers to these."""
        self.requests += other.requests
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        for name in ("statuses", "done", "kinds"):
            getattr(self, name).update(getattr(other, name))
        self.wrong += other.wrong


class Episode:
    """Sends requests to a shop of its own."""

    def __init__(self, world: World, *, seed: str, name: str) -> None:
        self.world, self.seed = world, seed
        self.chance = Random(seed)
        self.shop: Shop = opened(world)
        self.role: Role = role(name, self.shop)
        self.known = Known(self.chance)
        self.known.learn(*self.role.ids)
        self.sender = Sender(self.role, self.known, self.chance)
        self.tally = Tally()
        self.log = Errors()

    def run(self, count: int) -> Tally:
        """Send so many, let the shop settle now and then, and look at its books at the end."""
        began = time.perf_counter()
        self.ledger, before = Ledger(), _audited()
        root = logging.getLogger()
        root.addHandler(self.log)
        try:
            for number in range(1, count + 1):
                self._ask(self.sender.next(), number)
                if number % SETTLED_EVERY == 0:
                    self._settle()
            self._settle()
            found = [each for each in _audited() if each not in before and self._counts(each)]
            self.tally.wrong += [f"{self.seed}: {finding}" for finding in found]
        finally:
            root.removeHandler(self.log)
        self.tally.seconds = time.perf_counter() - began
        return self.tally

    def _counts(self, finding: str) -> bool:
        """Not of the two payments that the shop was opened with, which belong to no order."""
        return not any(self.shop.names[name] in finding for name in ("held_payment", "idle_payment"))

    def _settle(self) -> None:
        if self.chance.random() < 0.1:
            self.world.clock.advance(minutes=self.chance.choice((1, 6, 11, 40)))
        self.world.settle()
        self.ledger.all_changes()

    def _ask(self, attack: Attack, number: int) -> None:
        request = self.shop.filled(attack.request)
        began = time.thread_time()
        with counted() as statements:
            reply = self.shop.wire.send(request)
        seconds = time.thread_time() - began
        changes = self.ledger.changes(statements)
        found = complaints(attack, reply) + self.log.emptied() + _of_answer(attack.operation, reply)
        if reply.status >= 400 or attack.operation.is_safe:
            found += [f"{table} has changed" for table in changes if not _may_change(table, attack.operation, reply)]
        if reply.status < 400 and not _is_open(attack, self.role):
            found.append("it was let in")
        if seconds > SLOWEST_SECONDS:
            found.append(f"it took {seconds:.1f} s of the processor")
        self.known.told(request.target.partition("?")[0], reply)
        self._note(attack, request, reply, seconds)
        self.tally.wrong += [f"{self._place(number)}{attack}: {each}\n  {_evidence(request, reply)}" for each in found]

    def _place(self, number: int) -> str:
        return f"{self.seed}, request {number}: {self.role.name}: "

    def _note(self, attack: Attack, request: Request, reply: Reply, seconds: float) -> None:
        tally = self.tally
        tally.requests += 1
        tally.slowest = max(tally.slowest, seconds)
        tally.statuses[str(reply.status)] += 1
        tally.kinds[attack.kind] += 1
        if reply.status < 400 and request.method == attack.operation.method:
            tally.done[attack.operation.name] += 1


def _evidence(request: Request, reply: Reply) -> str:
    return f"{request}\n  {reply.status} {reply.body[:400]!r}"


def _of_answer(operation: Operation, reply: Reply) -> list[str]:
    """What a good answer has that the document does not tell of it."""
    if reply.status >= 300 or reply.status not in operation.answers or not reply.body:
        return []
    if reply.headers["Content-Type"] != "application/json":
        return [f"Content-Type {reply.headers['Content-Type']}"]
    errors = validator_of(operation, reply.status).iter_errors(reply.json())
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


def _is_open(attack: Attack, role: Role) -> bool:
    """Whether somebody of this role may have been let in; by a header of the attack's own, anybody may be."""
    right = POLICY.get(attack.operation.name)
    is_own = attack.kind in ("methods", "paths", "strangers")
    return is_own or right is None or not right.scope or bool(right.holder) or right.scope in role.scopes


def _may_change(table: str, operation: Operation, reply: Reply) -> bool:
    """A purchase that is refused at its end has been begun, and is undone; that is noted."""
    if not operation.path.endswith("/complete"):
        return False
    return table.startswith((*JOURNALS, *LEDGERS) if reply.status != 404 else JOURNALS)


def _audited() -> list[str]:
    told = io.StringIO()
    try:
        call_command("audit", stdout=told, stderr=told)
    except (CommandError, SystemExit):
        return [f"the audit: {line}" for line in told.getvalue().splitlines()]
    return []


