"""The key that an embedded shop makes for itself."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import environ
import pytest

from config.secrets import secret_key


@pytest.fixture
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> environ.Env:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    return environ.Env()


def test_is_one_for_all_who_start_at_the_same_moment(nothing_said: environ.Env, tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()

        with ThreadPoolExecutor(16) as threads:
            keys = set(threads.map(lambda _, at=folder: secret_key(nothing_said, at), range(16)))

        assert len(keys) == 1
        assert len(keys.pop()) >= 50
        assert [each.name for each in folder.iterdir()] == ["secret_key"]


def test_is_read_by_its_user_alone(nothing_said: environ.Env, tmp_path: Path) -> None:
    secret_key(nothing_said, tmp_path)

    assert S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
