"""The live way: replicate while orders flow, then a short write pause in which both places are proven equal."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime

from storefront import clock
from storefront.relocation import replication
from storefront.relocation.journal import Journal
from storefront.relocation.move import Move, differences, open_target
from storefront.relocation.postgresql import PostgresqlStore
from storefront.relocation.reckoning import Reckoning
from storefront.relocation.store import CannotMove, Proof

DRAIN_SECONDS = 1.0
"""How long commands that hold a key may take to finish, once no new one begins."""
SEAL_SECONDS = 1.0
"""What must be left of the pause when the old place is closed for good."""
POLL_SECONDS = 0.005
Reckonings = tuple[Reckoning, Reckoning]
"""Of the source and of the target."""


def is_prepared(move: Move) -> bool:
    """Whether an earlier run has made the target follow already."""
    source, target = move.source, move.target
    if isinstance(source, PostgresqlStore) and isinstance(target, PostgresqlStore):
        return replication.is_subscribed(target, replication.name_of(source))
    return False


def prepare(move: Move, *, replace: bool, source_url: str = "") -> None:
    """Replicate, and return once the target keeps up; goes on with what an earlier run began.

    :raises CannotMove: if PostgreSQL cannot replicate as it is set, or fails to
    """
    source, target = both(move)
    if move.is_sealed:
        return
    name = replication.name_of(source)
    if not replication.is_subscribed(target, name):
        replication.check(source, target)
        _begin(move, source, target, replace=replace)
        replication.publish(source, [table.name for table in move.tables], name)
        replication.subscribe(target, source_url or source.conninfo, name)
    replication.wait_for_copy(target, name, move.tell)
    seconds = _catch_up(source, target, "caught up")
    move.tell(f"The target keeps up; what is written here is there {seconds:.2f} s later.")


def _begin(move: Move, source: PostgresqlStore, target: PostgresqlStore, *, replace: bool) -> None:
    """Both places as replication needs them: the target empty, and closed to whoever is started too early."""
    begun = Journal(target)["comes from"]
    if begun not in ("", source.place) and not replace:
        raise CannotMove(f"{target.place} is being filled from {begun}; `--replace` begins anew.")
    Journal(source).begin()
    with target.transaction():
        target.empty(move.tables)
        Journal(target).end()
        Journal(target).begin()  # it is replicated, too: the source's marks arrive in it
        Journal(target)["comes from"] = source.place
    target.close_for_writing(move.tables, f"{move.module} is not moved to {target.place} yet.")


def move_over(move: Move, *, pause: float) -> float:
    """Let the writers wait, prove that both places are equal, and open the new one. Returns the seconds of the pause.

    pause: after so many seconds the old place opens by itself, even if this process is dead by then.

    :raises CannotMove: if that does not suffice or the places differ; the old place is as it was
    """
    source, target = both(move)
    began_at = time.monotonic()
    if not move.is_sealed:
        began_at = _close_and_prove(move, source, target, pause=pause)
    open_target(move)
    seconds = time.monotonic() - began_at
    replication.end(source, target, replication.name_of(source))
    Journal(target).end()
    return seconds


def _close_and_prove(move: Move, source: PostgresqlStore, target: PostgresqlStore, *, pause: float) -> float:
    """Returns when the writers began to wait."""
    try:
        with _reckoned(move, source, target) as places:
            _rehearse(move, places, pause)
            began_at = time.monotonic()
            _close(move, source, target, until=source.from_now(pause))
            closed_at = time.monotonic()
            _prove(move, places)
            proven_at = time.monotonic()
            _seal(move, source, left=pause - (proven_at - began_at))
    except BaseException:  # after the reckonings have let the tables go, which they read
        source.reopen(move.tables)
        raise
    move.tell(f"Closed in {closed_at - began_at:.2f} s, compared in {proven_at - closed_at:.2f} s.")
    return began_at


@contextmanager
def _reckoned(move: Move, source: PostgresqlStore, target: PostgresqlStore) -> Iterator[Reckonings]:
    """Both places, reckoned while orders flow."""
    began_at = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        reckoning = [pool.submit(Reckoning, store, move.tables) for store in (source, target)]
    with closing(reckoning[0].result()) as here, closing(reckoning[1].result()) as there:
        move.tell(f"Both places were reckoned in {time.monotonic() - began_at:.1f} s.")
        yield here, there


def _rehearse(move: Move, places: Reckonings, pause: float) -> None:
    """Nobody waits yet: how long will the comparison take?"""
    began_at = time.monotonic()
    _proofs(places)
    seconds = time.monotonic() - began_at
    move.tell(f"To compare what has changed since takes {seconds:.2f} s.")
    if seconds + SEAL_SECONDS > pause:
        raise CannotMove(f"The comparison takes {seconds:.1f} s, the pause is {pause:g} s: give more with --pause.")


def _close(move: Move, source: PostgresqlStore, target: PostgresqlStore, *, until: datetime) -> None:
    """First nobody begins, then nobody writes, then all of it has arrived."""
    keys = f"{move.module}_callkey"
    source.close_keys(keys, move.reason, until)
    give_up_at = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < give_up_at and _is_at_work(source, keys):
        time.sleep(POLL_SECONDS)
    source.close_for_writing(move.tables, move.reason, until=until)
    _catch_up(source, target, "closed")


def _is_at_work(source: PostgresqlStore, keys: str) -> bool:
    under_way = f"SELECT 1 FROM {keys} WHERE answer IS NULL AND claimed_until > clock_timestamp() LIMIT 1"  # noqa: S608
    return bool(source.execute(under_way))


def _catch_up(source: PostgresqlStore, target: PostgresqlStore, word: str, *, seconds: float = 60.0) -> float:
    """Write a mark and wait for it: what was committed before it has arrived before it. Returns the seconds."""
    mark, began_at = f"{word} {clock.now().isoformat()}", time.monotonic()
    Journal(source)["mark"] = mark
    while Journal(target)["mark"] != mark:
        if time.monotonic() - began_at > seconds:
            raise CannotMove(f"The target is over {seconds:.0f} s behind: see the logs of both servers, or --abort.")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - began_at


def _prove(move: Move, places: Reckonings) -> None:
    if different := differences(move, *_proofs(places)):
        raise CannotMove(
            f"The places differ in {', '.join(different)}: something else wrote at the target. All stays as it was;"
            " say --abort, and begin anew."
        )


def _proofs(places: Reckonings) -> tuple[dict[str, Proof], dict[str, Proof]]:
    """Of both at once: the shop waits for it."""
    with ThreadPoolExecutor(2) as pool:
        here, there = pool.map(Reckoning.proofs, places)
    return here, there


def _seal(move: Move, source: PostgresqlStore, *, left: float) -> None:
    if left < SEAL_SECONDS:
        raise CannotMove("The pause did not suffice, and all stays as it was: give more with --pause.")
    with source.transaction():
        source.execute(f"SET LOCAL statement_timeout = '{SEAL_SECONDS / 2:g}s'")
        source.seal(move.reason)
        Journal(source)["moved to"] = move.target.place


def abort(move: Move) -> None:
    """Undo what an unfinished move left behind; harmless if there is nothing.

    :raises CannotMove: if the move is finished, and the target may have rows that the source has not
    """
    source, target = move.source, move.target
    if there := Journal(source)["moved to"]:
        raise CannotMove(f"{move.module} has left for {there} already; `--reopen` goes on here, without its rows.")
    is_ours = bool(Journal(target)["comes from"])
    if isinstance(source, PostgresqlStore) and isinstance(target, PostgresqlStore):
        replication.end(source, target, replication.name_of(source))
    source.reopen(move.tables)
    Journal(source).end()
    if is_ours:
        with target.transaction():
            target.empty(move.tables)
            Journal(target).end()
        target.reopen(move.tables)


def both(move: Move) -> tuple[PostgresqlStore, PostgresqlStore]:
    """The two places.

    :raises CannotMove: if one is not PostgreSQL
    """
    source, target = move.source, move.target
    if isinstance(source, PostgresqlStore) and isinstance(target, PostgresqlStore):
        return source, target
    raise CannotMove("Only PostgreSQL replicates: stop the writers, and move without --live.")
