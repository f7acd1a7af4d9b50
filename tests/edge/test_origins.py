"""Other origins: no page of somebody else's can act for who is signed in."""

import logging

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.edge.routes import admin_pages
from tests.hostile.books import Books, changed
from tests.hostile.document import operations
from tests.hostile.shop import Shop
from tests.hostile.sound import in_order, sound_request

EVIL = "https://evil.example"
FORMS = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
"""What a form of another page can send without asking first."""


@pytest.mark.proves("S16")
class TestApi:
    def test_names_no_other_origin(self, shop: Shop) -> None:
        for operation in in_order():
            for request in (sound_request(operation), sound_request(operation).without("Authorization")):
                for origin in (EVIL, "null"):
                    reply = shop.ask(request.having("Origin", origin).having("If-Match", '"0"'))

                    assert not [name for name in reply.headers if name.lower().startswith("access-control")]

    def test_permits_no_preflight(self, shop: Shop) -> None:
        for operation in operations().values():
            asked = sound_request(operation).without("Authorization")
            preflight = asked.having("Origin", EVIL).having("Access-Control-Request-Method", operation.method)

            reply = shop.ask(type(asked)("OPTIONS", asked.target, preflight.headers))

            assert reply.status in (204, 401)
            assert not [name for name in reply.headers if name.lower().startswith("access-control")]

    def test_takes_nothing_that_a_form_can_send(self, shop: Shop) -> None:
        books = Books()
        before = books.read()
        for operation in [found for found in in_order() if found.body]:
            for media in FORMS:
                reply = shop.ask(sound_request(operation).having("Content-Type", media).having("Origin", EVIL))

                assert reply.status == 415, (operation.name, media)
        assert changed(before, books.read()) == []


@pytest.mark.proves("S16")
class TestBackOffice:
    def test_takes_nothing_without_its_token(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        """Signed in with all rights; the page that sends is another's."""
        caplog.set_level(logging.CRITICAL, logger="django")
        client = Client(enforce_csrf_checks=True)
        client.force_login(User.objects.create_superuser("root"))
        books, wrong = Books(), []
        before = books.read()
        for page in admin_pages():
            for headers in ({}, {"origin": EVIL}, {"referer": f"{EVIL}/"}):
                response = client.post(page, {"_save": "1"}, headers=headers)
                wrong += [] if response.status_code in (403, 404) else [(page, headers, response.status_code)]

        assert wrong == []
        assert set(changed(before, books.read())) <= {"default.django_session"}

    def test_lets_nobody_be_signed_in_by_another_page(self, world: object) -> None:
        User.objects.create_superuser("mallory", password="a long enough passphrase")
        client = Client(enforce_csrf_checks=True)

        told = {"username": "mallory", "password": "a long enough passphrase"}
        response = client.post("/admin/login/", told, headers={"origin": EVIL})

        assert response.status_code == 403
        assert "sessionid" not in client.cookies

    def test_answers_to_no_other_host(self, world: object, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.CRITICAL, logger="django")
        for host in ("evil.example", "testserver@evil.example", "testserver:80@evil.example"):
            response = Client().get("/admin/login/", headers={"host": host})

            assert response.status_code == 400
            assert b"evil" not in response.content
