"""Addresses that somebody may have, and spellings of one mailbox."""

import re
import sys
import unicodedata

import idna
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storefront.mailbox import ADDRESS, mailbox_of

ORDINARY = st.from_regex(
    r"[a-z0-9][a-z0-9._-]{0,20}@([a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?\.){1,3}[a-z]{2,8}", fullmatch=True
)
SCRIPTS = st.text(st.characters(categories=["Lu", "Ll", "Lo"], max_codepoint=0xffff), min_size=1, max_size=12)


def is_address(text: str) -> bool:
    return bool(re.search(ADDRESS, text))


class TestAnAddress:
    @pytest.mark.parametrize("text", [
        "ada@example.org", "ada.lovelace+mugs@mail.example.co.uk", "o'brien@example.org", "a@b.cd", "42@7.example",
        "ada..lovelace.@docomo.example", "!#$%&'*+-/=?^_`{|}~@example.org", '"ada"@example.org', "ADA@EXAMPLE.ORG",
        "ada@xn--bcher-kva.example", "ada@b\u00fccher.example",
        "\u0905\u0926\u093e@\u092e\u0947\u0932.\u092d\u093e\u0930\u0924",
        "\u7528\u6237@\u4f8b\u5b50\u3002\u4e2d\u56fd", "ada@i\u2764.ws", "\U0001f600@example.org", f"a@{'b' * 63}.org",
    ])
    def test_is_taken_in_any_script(self, text: str) -> None:
        assert is_address(text)

    @pytest.mark.parametrize("text", [
        "", "ada", "ada@", "@example.org", "ada@localhost", "ada@@example.org", "ada@b..c", "ada@.b.c", "ada@b.c.",
        "ada@b.c\u3002", "ada@-b.c", "ada@b-.c", "ada@b_c.org", f"a@{'b' * 64}.org", "ada @b.c", "a da@b.c", "ada@b .c",
        "<ada@b.c>", "ada<b@b.c", "Ada <ada@b.c>", "ada@b.c,eve@b.c", "ada@b.c\n", "ada\t@b.c", "ada\u00a0@b.c",
        "ada\u3000@b.c", '"a da"@b.c', '"ada@b.c', "ada@[192.0.2.1]", "ada@b.c:25", "ada\ufe0f@b.c",
    ])
    def test_that_nobody_has_is_not_taken(self, text: str) -> None:
        assert not is_address(text)

    def test_hides_no_sign_that_is_not_seen(self) -> None:
        unseen = [sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign) in ("Cc", "Cf")]

        let_in = [sign for sign in unseen if is_address(f"a{sign}da@b.org") or is_address(f"ada@b{sign}c.org")]

        assert len(unseen) > 200
        assert [hex(ord(sign)) for sign in let_in] == []

    @given(st.emails())
    def test_that_fits_the_standard_is_taken(self, text: str) -> None:
        assert is_address(text)


class TestAMailbox:
    @pytest.mark.parametrize("alias", [
        "ada@example.org", "ADA@Example.ORG", " ada@example.org ", "ada+2@example.org", "ada@example.org.",
        "\uff41da@example.org", "ada@\uff45xample.org", "ada\u200b@example.org", "ada@exam\u00adple.org",
        '"ada"@example.org', r'"a\da"@example.org', '"ada+2"@example.org', "ada@example\u3002org",
        "ada@example.org\u3002", "ada@example\uff0eorg",
    ])
    def test_is_one_in_every_spelling(self, alias: str) -> None:
        assert mailbox_of(alias) == "ada@example.org"

    @pytest.mark.parametrize("host", ["b\u00fccher.de", "B\u00dcCHER.de", "bu\u0308cher.de", "XN--Bcher-kva.de"])
    def test_is_one_in_both_writings_of_its_host(self, host: str) -> None:
        assert mailbox_of(f"ada@{host}") == "ada@xn--bcher-kva.de"

    @pytest.mark.parametrize(("one", "other"), [
        ("ada@example.org", "grace@example.org"), ("ada@example.org", "ada@example.com"), ("+1@a.org", "+2@a.org"),
        ("ada@stra\u00dfe.de", "ada@strasse.de"), ("a.da@example.org", "ada@example.org"),
    ])
    def test_is_not_another_one(self, one: str, other: str) -> None:
        assert mailbox_of(one) != mailbox_of(other)

    @given(ORDINARY)
    def test_that_is_ordinary_stays_as_it_is_written(self, text: str) -> None:
        assert is_address(text)
        assert mailbox_of(text) == text

    @given(SCRIPTS)
    def test_has_the_host_that_the_name_service_knows(self, label: str) -> None:
        try:
            known = idna.encode(f"{label}.org", uts46=True).decode()
        except UnicodeError:
            assume(False)

        assert mailbox_of(f"ada@{label}.org") == f"ada@{known}"

    @given(st.text(max_size=40))
    def test_can_be_asked_for_whatever_was_typed(self, text: str) -> None:
        assert mailbox_of(text)

    @pytest.mark.parametrize("sign", ["\ufdfa", "\u00df", "\u00fc"])
    def test_is_never_too_long_to_be_kept(self, sign: str) -> None:
        assert len(mailbox_of(f"{sign * 120}@{sign * 60}.{sign * 60}.org")) <= 254
