"""What `make demo` prints and keeps."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model

from config import journey
from config.management.commands.demo import OPERATOR, operator_password
from storefront.testing.world import World

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture(autouse=True)
def own_data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is kept beside another test's data."""
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)


class TestOperator:
    def test_can_log_in_with_the_password_told(self, world: World) -> None:
        password = operator_password()

        assert world.client.login(username=OPERATOR, password=password)

    def test_is_told_the_same_password_at_the_next_start(self, world: World) -> None:
        first = operator_password()

        assert operator_password() == first

    def test_is_not_told_a_password_that_was_changed(self, world: World) -> None:
        operator_password()
        operator = get_user_model().objects.get(username=OPERATOR)
        operator.set_password("chosen by hand")
        operator.save()

        assert operator_password() == "(the one you chose)"


class TestJourney:
    def test_is_the_one_of_the_readme(self) -> None:
        printed = journey.buying("http://127.0.0.1:8000/api/v1", "RED-MUG-L")

        assert printed in README.read_text()
