"""No page runs or draws what did not come in a file of ours, and no other site may frame one."""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from storefront.rest.headers import ALWAYS, policy
from storefront.testing.world import World
from tests.journeys.shop import Shopper, shelve

NONCE = re.compile(r"'nonce-([\w-]{22})'")


@pytest.fixture
def shop(world: World) -> None:
    """With an order, and so with a row of most kinds."""
    shelve(world, "RED-MUG")
    Shopper().buy(("RED-MUG", 1))
    world.settle()


def pages() -> Iterator[str]:
    """Each page of the back office that needs no more than a sign-in, and one of every kind of row."""
    for name in ("index", "login", "password_change", "second_factor", "enrol_second_factor", "security", "person"):
        yield reverse(f"admin:{name}")
    for model in admin.site._registry:
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row: Any = model._default_manager.first()
        for pattern in admin.site._registry[model].get_urls():
            name = str(pattern.name or "").removeprefix(prefix.removeprefix("admin:"))
            if name and (row or not pattern.pattern.converters):
                yield reverse(f"admin:{pattern.name}", kwargs=dict.fromkeys(pattern.pattern.converters, row and row.pk))


@pytest.fixture(autouse=True)
def without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The theme colours JSON by style attributes if it finds Pygments, which tests need and a shop has not."""
    monkeypatch.setitem(sys.modules, "pygments", None)


class Reader(HTMLParser):
    """Collects what a strict policy refuses."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.nonce = nonce
        self.refused: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") not in ("application/json", "text/template"):
            self.refused.append("<script> without a file")
        if tag == "style" and given.get("nonce") != self.nonce:
            self.refused.append("<style> without the nonce")
        self.refused += [f"<{tag} {name}>" for name in given if name == "style" or re.fullmatch(r"on[a-z]+", name)]
        for name in ("src", "href", "action"):
            target = given.get(name) or ""
            if target.startswith(("javascript:", "//")) or (tag in ("script", "link", "img") and "://" in target):
                self.refused.append(f"<{tag} {name}={target}>")


def refused(page: str, nonce: str) -> list[str]:
    reader = Reader(nonce)
    reader.feed(page)
    return reader.refused


@pytest.mark.proves("S15", "S18")
class TestEveryPage:
    def test_is_as_strict_as_its_headers_say(self, shop: None) -> None:
        client = Client()
        client.force_login(User.objects.create_superuser("ada"))

        wrong, seen = [], 0
        for path in pages():
            answer = client.get(path)
            told = answer.headers.get("Content-Security-Policy", "")
            wrong += [(path, name) for name, text in ALWAYS.items() if answer.headers.get(name) != text]
            is_framed = "frame-ancestors 'none'" not in told or answer.headers.get("X-Frame-Options") != "DENY"
            if "unsafe-inline" in told or is_framed:
                wrong.append((path, told))
            if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"]:
                nonce = NONCE.search(told)
                wrong += [(path, each) for each in refused(answer.content.decode(), nonce[1] if nonce else "-")]
                seen += 1

        assert wrong == []
        assert seen > 60

    def test_has_a_nonce_of_its_own(self, world: World) -> None:
        client = Client()

        told = {client.get("/admin/login/").headers["Content-Security-Policy"] for _ in range(3)}

        assert len(told) == 3

    def test_over_https_asks_for_nothing_else(self, settings: Any) -> None:
        settings.HTTPS = True

        assert policy().endswith("; upgrade-insecure-requests")

    @pytest.mark.parametrize("path", ["/nowhere", "/admin/nowhere/", "/static/nowhere.css"])
    def test_that_there_is_not_is_as_strict(self, world: World, path: str) -> None:
        answer = Client().get(path)

        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("page", [
        "<script>alert(1)</script>", '<p style="color: red">', '<p onclick="x()">', "<style>p {}</style>",
        '<a href="javascript:x()">', '<script src="https://cdn.example/x.js"></script>',
        '<style nonce="guessed">p {}</style>',
    ])
    def test_would_be_found_out(self, page: str) -> None:
        assert refused(page, "right")


@pytest.mark.proves("S16", "S18")
class TestCookies:
    def test_are_kept_from_scripts_and_from_other_sites(self, world: World) -> None:
        User.objects.create_superuser("ada", password="a long enough passphrase")
        client = Client()
        client.get("/admin/login/")
        client.post("/admin/login/", {"username": "ada", "password": "a long enough passphrase"})

        for name in ("sessionid", "csrftoken"):
            cookie = client.cookies[name]
            assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")

    def test_alone_change_nothing(self, world: World) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(User.objects.create_superuser("ada"))

        for path in ("/admin/security/", "/admin/second-factor/enrol/", "/admin/auth/user/add/", "/admin/logout/",
                     "/admin/login/", "/admin/personal/person/"):
            assert client.post(path, {"everywhere": "yes", "username": "mallory"}).status_code == 403
        assert User.objects.count() == 1
        assert client.get("/admin/").status_code == 200
