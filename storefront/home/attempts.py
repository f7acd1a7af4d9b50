"""Guessing is slow: who fails too often waits, and the wait doubles.

An attempt is counted before anything is compared, and taken back if it was right. So of any number of attempts at once
no more are evaluated than the limit allows, and a locked account, which may be nobody's, costs no hashing at all.
"""

import hashlib
import unicodedata
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from storefront import clock
from storefront.home.models import Attempt


class Limit(NamedTuple):
    """most: failures until the first wait. forgotten_after: since the last one."""

    kind: str
    most: int
    forgotten_after: timedelta


PAIR = Limit("pair", 5, timedelta(days=1))
ADDRESS = Limit("address", 10, timedelta(minutes=15))
ACCOUNT = Limit("account", 30, timedelta(minutes=15))
CODE = Limit("code", 5, timedelta(days=1))
WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=4)
KNOWN_FOR = timedelta(days=30)
"""An address from where somebody signed in of late is not shut by what strangers elsewhere try on the account."""

Subjects = tuple[tuple[Limit, str], ...]
Rows = list[tuple[Limit, Attempt]]


class Locked(Exception):
    """Nothing was compared; the next attempt counts at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"Locked until {until:%H:%M} UTC.")
        self.until = until


def of_sign_in(username: str, address: str) -> Subjects:
    """What an attempt to sign in counts against. The account need not exist."""
    account, network = _account(username), _hash(address)
    return (
        (PAIR, f"{PAIR.kind}:{account}:{network}"), (ADDRESS, f"{ADDRESS.kind}:{network}"),
        (ACCOUNT, f"{ACCOUNT.kind}:{account}"),
    )


def of_code(user_id: object) -> Subjects:
    """What an attempt at a second factor counts against: the account, from wherever."""
    return ((CODE, f"{CODE.kind}:{user_id}"),)


def count(subjects: Subjects) -> Subjects:
    """Count an attempt against all of them, or none. Returns what is to be taken back if it was right.

    :raises Locked: one of them waits
    """
    now = clock.now()
    _counting(_found(subjects), now)  # a door that is shut is seen without locking anything
    with transaction.atomic(using="default"):
        rows = _counting(_rows(subjects, now), now)
        for limit, row in rows:
            row.failures += 1
            row.last_at, row.locked_until = now, _locked_until(limit, row.failures, now)
            row.save(force_update=True)
    return tuple((limit, row.subject) for limit, row in rows)


def take_back(counted: Subjects) -> None:
    """The attempt was right: the pair and the code begin anew, the shared counters lose this one."""
    now = clock.now()
    with transaction.atomic(using="default"):
        for limit, row in _rows(counted, now):
            own = limit in (PAIR, CODE)
            row.failures = 0 if own else max(0, row.failures - 1)
            row.locked_until = None if row.failures < limit.most else row.locked_until
            row.succeeded_at = now if limit is PAIR else None
            row.save(force_update=True)
    Attempt.objects.filter(last_at__lt=now - KNOWN_FOR).delete()


def unlock(username: str, user_id: object) -> int:
    """Let an account be tried again at once, from any address that is not locked itself. Returns how many waits end."""
    account, codes = _account(username), of_code(user_id)[0][1]
    mine = Q(subject__startswith=f"{PAIR.kind}:{account}:") | Q(subject__in=[f"{ACCOUNT.kind}:{account}", codes])
    return Attempt.objects.filter(mine, locked_until__gt=clock.now()).update(failures=0, locked_until=None)


def _counting(rows: Rows, now: datetime) -> Rows:
    """Those that count for this attempt.

    :raises Locked: one of them waits
    """
    is_known = any(row.succeeded_at and now - row.succeeded_at < KNOWN_FOR for _, row in rows)
    rows = [(limit, row) for limit, row in rows if not (is_known and limit is ACCOUNT)]
    until = max((row.locked_until for _, row in rows if row.locked_until and row.locked_until > now), default=None)
    if until:
        raise Locked(until)
    return rows


def _found(subjects: Subjects) -> Rows:
    wanted = {subject: limit for limit, subject in subjects}
    return [(wanted[row.subject], row) for row in Attempt.objects.filter(subject__in=list(wanted))]


def _rows(subjects: Subjects, now: datetime) -> Rows:
    """Locked, in one order everywhere."""
    wanted = {subject: limit for limit, subject in subjects}
    Attempt.objects.bulk_create(
        [Attempt(subject=subject, last_at=now) for subject in sorted(wanted)], ignore_conflicts=True
    )
    found = Attempt.objects.select_for_update().filter(subject__in=wanted).order_by("subject")
    rows = [(wanted[row.subject], row) for row in found]
    for limit, row in rows:
        if now - row.last_at >= limit.forgotten_after and not (row.locked_until and row.locked_until > now):
            row.failures, row.locked_until = 0, None
    return rows


def _locked_until(limit: Limit, failures: int, now: datetime) -> datetime | None:
    if failures < limit.most:
        return None
    doubled: timedelta = WAIT * 2 ** min(failures - limit.most, 10)
    return now + min(doubled, LONGEST_WAIT)


def _account(username: str) -> str:
    """Under which it is counted, however it is typed."""
    return _hash(unicodedata.normalize("NFKC", username).casefold().strip())


def _hash(text: str) -> str:
    """Not what was typed: people type passwords into the wrong field."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
