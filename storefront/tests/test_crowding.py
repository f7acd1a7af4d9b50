"""A server that has no connection left, or few: the log says what to set, and not too often."""

import logging
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from psycopg import sql

from storefront.database.postgresql import crowding

REMEDY = "set DATABASE_POOL, or raise max_connections"


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(crowding, "_said_at", {})
    caplog.set_level(logging.WARNING, logger=crowding.__name__)


@pytest.fixture
def server() -> SplitResult:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres")


@pytest.fixture
def guest(server: SplitResult) -> Iterator[str]:
    """The URL of somebody whom the server lets have no connection."""
    name = f"guest_{os.getpid()}"
    with psycopg.connect(server.geturl(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 0").format(sql.Identifier(name)))
        try:
            yield server._replace(netloc=f"{name}@{server.hostname}:{server.port or 5432}").geturl()
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def connected(url: str) -> Any:
    """As one thread of the shop is; closed again by whoever asked."""
    database = settings.STOREFRONT_DATABASE_AT(url, "payments")
    database["OPTIONS"].pop("pool", None)
    connection = ConnectionHandler({"default": database})["default"]
    connection.ensure_connection()
    return connection


@pytest.mark.postgresql
@pytest.mark.usefixtures("db")
class TestServer:
    @pytest.mark.parametrize(("nearly", "times"), [(0.0, 1), (1000.0, 0)])
    def test_that_is_nearly_full_is_warned_of_once_a_minute(
        self, server: SplitResult, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, nearly: float,
        times: int,
    ) -> None:
        monkeypatch.setattr(crowding, "NEARLY", nearly)

        for _ in range(2):
            connected(server.geturl()).close()

        assert len(caplog.records) == times
        for record in caplog.records:
            assert REMEDY in record.message
            assert 0 < record.__dict__["given_out"] <= record.__dict__["in_all"]

    def test_that_has_none_left_for_us_is_told_of_once_a_minute(
        self, guest: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(3):
            with pytest.raises(OperationalError, match="too many connections"):
                connected(guest)

        (record,) = caplog.records
        assert (record.levelname, REMEDY in record.message) == ("ERROR", True)


class TestRefusal:
    @pytest.mark.parametrize("said", [
        "FATAL:  sorry, too many clients already",
        "FATAL:  remaining connection slots are reserved for non-replication superuser connections",
        "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        'FATAL:  too many connections for database "shop"',
        "FATAL:  no more connections allowed (max_client_conn)",
    ])
    def test_for_want_of_connections_is_told_of(self, said: str, caplog: pytest.LogCaptureFixture) -> None:
        crowding.refused("payments", psycopg.OperationalError(f"connection failed: {said}"))

        assert REMEDY in caplog.text

    def test_for_another_cause_is_not_ours_to_explain(self, caplog: pytest.LogCaptureFixture) -> None:
        crowding.refused("payments", psycopg.OperationalError("connection refused"))

        assert caplog.messages == []

    def test_is_told_of_again_after_a_minute(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for seconds in (0, 59, 60):
            monkeypatch.setattr("time.monotonic", lambda seconds=seconds: 1000.0 + seconds)
            crowding.refused("payments", psycopg.OperationalError("sorry, too many clients already"))

        assert len(caplog.messages) == 2
