"""Home vouches for nobody who still owes a second factor."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from storefront.home import sessions
from storefront.testing.world import World
from tests.operators.desk import Desk


@pytest.fixture(autouse=True)
def required(settings: Any) -> None:
    settings.STOREFRONT_SECOND_FACTOR = "required"
    settings.PASSWORD_HASHERS = ["tests.operators.desk.Quick"]


@pytest.mark.proves("S8")
class TestASession:
    def test_of_a_password_alone_belongs_to_nobody(self, world: World) -> None:
        desk = Desk()
        desk.operator()
        desk.password()

        assert sessions.staff_of(desk.client.cookies["sessionid"].value) is None

    def test_that_was_opened_past_the_login_belongs_to_nobody(self, world: World) -> None:
        desk = Desk()
        desk.client.force_login(desk.operator())

        assert sessions.staff_of(desk.client.cookies["sessionid"].value) is None

    def test_of_both_says_when_the_code_was_given(self, world: World) -> None:
        desk = Desk()
        desk.operator()
        desk.sign_in()

        found = sessions.staff_of(desk.client.cookies["sessionid"].value)

        assert found
        assert found.user == User.objects.get()
        assert found.second_factor_at == desk.client.session["second_factor"]["at"]

    def test_of_a_device_that_was_taken_off_belongs_to_nobody(self, world: World) -> None:
        desk = Desk()
        user = desk.operator()
        desk.sign_in()
        user.second_factor.delete()

        assert sessions.staff_of(desk.client.cookies["sessionid"].value) is None
