"""Operators are kept in the back office, where they sign in."""

import pytest
from django.contrib.auth.models import User

from tests.operators.office import Office


class TestOperators:
    @pytest.mark.parametrize("kind", ["user", "group"])
    def test_have_their_pages(self, office: Office, kind: str) -> None:
        for page in ("add", "changelist"):
            assert office.open(f"auth_{kind}_{page}").status_code == 200

    def test_are_made_with_a_password_and_rights(self, office: Office) -> None:
        password = "a long enough passphrase"
        made = office.send(
            "auth_user_add", username="grace", usable_password="true", password1=password, password2=password
        )

        grace = User.objects.get(username="grace")
        page = office.open("auth_user_change", grace.pk).content.decode()

        assert made.status_code == 302
        assert grace.check_password(password)
        for right in ("Can change order", "Can view audit entry", "Can change level"):
            assert right in page
