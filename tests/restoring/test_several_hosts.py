"""A URL with several hosts leads to the server that can be written to, whatever became of the others."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db.utils import ConnectionHandler

HOST = "127.0.0.1"
SOON_S = 60.0
"""Ten seconds on a machine that has nothing else to do; the driver's own patience is more than two minutes."""


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a machine that answers nobody, and refuses nobody: who waits to be let in fills its only place."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((HOST, 0))
        listener.listen(0)
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])


@pytest.mark.postgresql
@pytest.mark.proves("R9")
class TestSeveralHosts:
    def test_a_silent_one_is_passed_over(self, silent: int) -> None:
        there = urlsplit(os.environ["DATABASE_URL"])
        hosts = f"{there.username}@{HOST}:{silent},{there.hostname}:{there.port or 5432}"
        url = there._replace(netloc=hosts, path="/postgres", query="target_session_attrs=read-write").geturl()
        began_at = time.monotonic()

        with psycopg.connect(**_parameters(url)) as connection:
            assert connection.info.port == (there.port or 5432)

        assert time.monotonic() - began_at < SOON_S

    def test_are_read_from_the_url_with_all_that_it_says(self) -> None:
        url = "postgres://shop:s%40fe@db1:5432,db2:5433/shop?target_session_attrs=read-write&connect_timeout=3"

        found = settings.STOREFRONT_DATABASE_AT(url, "payments")

        assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("db1,db2", "5432,5433", "s@fe")
        assert found["OPTIONS"]["target_session_attrs"] == "read-write"
        assert found["OPTIONS"]["connect_timeout"] == 3
        assert found["OPTIONS"]["tcp_user_timeout"] == 10_000

    @pytest.mark.parametrize(("rest", "wanted"), [
        ("db1/shop", None), ("db1,db2/shop", "read-write"), ("db1,db2/shop?target_session_attrs=any", "any"),
    ])
    def test_lead_to_the_one_that_can_be_written_to_unless_the_url_says_otherwise(
        self, rest: str, wanted: str | None
    ) -> None:
        found = settings.STOREFRONT_DATABASE_AT(f"postgres://shop@{rest}", "payments")

        assert found["OPTIONS"].get("target_session_attrs") == wanted


def _parameters(url: str) -> dict[str, Any]:
    """What the shop would tell the driver."""
    database = settings.STOREFRONT_DATABASE_AT(url, "payments")
    parameters: dict[str, Any] = ConnectionHandler({"default": database})["default"].get_connection_params()
    return parameters
