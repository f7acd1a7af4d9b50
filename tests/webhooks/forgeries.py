"""Every way in which a letter can be forged, each made of a genuine one."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from storefront.ids import new_id
from tests.webhooks.senders import Letter, Sender, secret, signed

OVER_LIMIT = 256 * 1024 + 1


class Forgery(NamedTuple):
    """What arrives, and where if not at the sender's own address."""

    body: bytes
    headers: dict[str, str]
    to_another: bool = False


Forge = Callable[[Sender, Letter, Random], Forgery]

FORGERIES: dict[str, Forge] = {}


def forgery(forge: Forge) -> Forge:
    """Known by the name of the function."""
    FORGERIES[forge.__name__] = forge
    return forge


def _own(sender: Sender, letter: Letter, *, at: datetime | None = None) -> dict[str, str]:
    return signed(letter, secret(sender.new), at=at)


@forgery
def unsigned(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    headers = _own(sender, letter)
    for name in chance.sample(sorted(headers), chance.randint(1, 3)):
        del headers[name]
    return Forgery(letter.body, headers)


@forgery
def by_a_guessed_secret(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    return Forgery(letter.body, signed(letter, chance.randbytes(24)))


@forgery
def by_an_empty_secret(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    return Forgery(letter.body, signed(letter, b""))


@forgery
def by_a_retired_secret(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    return Forgery(letter.body, signed(letter, secret(sender.retired)))


@forgery
def by_the_others_secret(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    return Forgery(letter.body, signed(letter, secret("carrier new" if sender.name == "bank" else "bank new")))


@forgery
def at_the_others_address(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    return Forgery(letter.body, _own(sender, letter), to_another=True)


@forgery
def with_a_truncated_signature(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    headers = _own(sender, letter)
    whole = base64.b64decode(headers["webhook-signature"].partition(",")[2])
    part = base64.b64encode(whole[: chance.randint(0, len(whole) - 1)]).decode()
    return Forgery(letter.body, headers | {"webhook-signature": f"v1,{part}"})


@forgery
def with_one_bit_turned(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    headers = _own(sender, letter)
    whole = bytearray(base64.b64decode(headers["webhook-signature"].partition(",")[2]))
    whole[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
    return Forgery(letter.body, headers | {"webhook-signature": f"v1,{base64.b64encode(whole).decode()}"})


@forgery
def of_another_version(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    headers = _own(sender, letter)
    digest = headers["webhook-signature"].partition(",")[2]
    other = chance.choice((f"v1a,{digest}", f"v2,{digest}", digest))
    return Forgery(letter.body, headers | {"webhook-signature": other})


@forgery
def stale(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    """Signed by the right hand, and kept for some time: what a listener on the line would send again."""
    late = timedelta(minutes=chance.choice((6, 10, 60, 60 * 24, 60 * 24 * 3)))
    return Forgery(letter.body, _own(sender, letter, at=datetime.now(UTC) - late))


@forgery
def from_the_future(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    return Forgery(letter.body, _own(sender, letter, at=datetime.now(UTC) + timedelta(minutes=chance.randint(6, 600))))


@forgery
def freshened(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    """A stale one whose timestamp was put right."""
    headers = _own(sender, letter, at=datetime.now(UTC) - timedelta(hours=1))
    return Forgery(letter.body, headers | {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()))})


@forgery
def under_another_id(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    return Forgery(letter.body, _own(sender, letter) | {"webhook-id": new_id("evt")})


@forgery
def with_another_body(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    body = bytearray(letter.body)
    body[chance.randrange(len(body))] ^= 1
    return Forgery(bytes(body), _own(sender, letter))


@forgery
def cut_off(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    return Forgery(letter.body[: chance.randrange(len(letter.body))], _own(sender, letter))


@forgery
def encoded_anew(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    """The same facts in other bytes."""
    facts = json.loads(letter.body)
    other = chance.choice((
        json.dumps(facts, indent=1).encode(), json.dumps(dict(reversed(facts.items()))).encode(),
        letter.body + b"\n", b"\xef\xbb\xbf" + letter.body, letter.body.decode().encode("utf-16"),
    ))
    return Forgery(other, _own(sender, letter))


@forgery
def oversized(sender: Sender, letter: Letter, chance: Random) -> Forgery:
    """Signed as it should be, but larger than any letter may be."""
    huge = Letter(letter.event_id, letter.body + b" " * OVER_LIMIT)
    return Forgery(huge.body, _own(sender, huge))
