"""E-mail addresses: which ones somebody may have, and which spellings are of one mailbox."""

import re
from typing import Final
from unicodedata import normalize

_UNSEEN = (
    r"\x00-\x20\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Controls, spaces, and what turns or joins letters without being seen."""
_DOTS = r".\u3002\uff0e\uff61"
_PLAIN = rf'[^\s@<>()\[\]:;,\\"{_UNSEEN}]+'
_QUOTED = rf'"[^\s@<>"{_UNSEEN}]+"'
_LETTER = rf"\x00-,./:-@\[-`{{-\x7f{_DOTS[1:]}\s{_UNSEEN}"
_LABEL = rf"[^\-{_LETTER}](?:[^{_LETTER}]{{0,61}}[^\-{_LETTER}])?"

ADDRESS: Final = rf"^(?:{_PLAIN}|{_QUOTED})@(?:{_LABEL}[{_DOTS}])+{_LABEL}$(?!\n)"
"""What an address looks like, for Python and ECMAScript: as RFC 5321 and 6531 have it, in any script.

More lenient than they are where mail systems are (dots may stand anywhere in a name), and stricter where a shop has
no use for it: no spaces, `<`, `>` or `@` in quotes, and no host without a dot or in brackets.
"""
LONGEST: Final = 254
"""Characters of an address that mail can be sent to (RFC 5321, erratum 1690)."""
_KEPT: Final = "\u00df\u1e9e\u03c2"
"""Letters that `casefold` would make other ones of, and with them another domain."""
_INVISIBLE: Final = re.compile(f"[{_UNSEEN}]")


def mailbox_of(address: str) -> str:
    """One spelling for all spellings of a mailbox; an ordinary address stays as it is, but for capitals.

    What follows a `+` is no other mailbox. Nothing is refused, so that whatever was accepted once can be asked for;
    what is over 254 characters in this spelling is nobody's, and cut.
    """
    name, _, host = address.strip().rpartition("@")
    return f"{_name(name)}@{_host(host)}"[:LONGEST]


def _name(text: str) -> str:
    seen = _INVISIBLE.sub("", normalize("NFKC", normalize("NFKC", text).casefold()))
    if len(seen) > 1 and seen[0] == seen[-1] == '"':
        seen = re.sub(r"\\(.)", r"\1", seen[1:-1])
    return seen.partition("+")[0] or seen


def _host(text: str) -> str:
    """As the name service knows it: IDNA 2008, mapped as UTS 46 does."""
    wide = normalize("NFKC", text)
    folded = "".join(letter.lower() if letter in _KEPT else letter.casefold() for letter in wide)
    seen = _INVISIBLE.sub("", normalize("NFKC", folded))
    labels = re.split(f"[{_DOTS}]", seen.rstrip(".\u3002"))
    return ".".join(each if each.isascii() else f"xn--{each.encode('punycode').decode()}" for each in labels)
