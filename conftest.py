"""Every test of the repository: which settings, and the platform's own pytest plugin.

Here rather than in pyproject.toml, so that a bare `pytest` finds the plugin too, and the plugin chooses where
test databases live before Django reads its settings.
"""

import os
import shutil
import socket
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import django
import pytest
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

pytest_plugins = ["storefront.testing.plugin"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Load the apps before any test module is imported."""
    django.setup()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, rather than skip, what cannot be asked here: no test of a run is ever skipped."""
    left_out = [item for item in items if _is_of_another_place(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is_of_another_place(item: pytest.Item) -> bool:
    """Whether it is said of the other database, or of sample files that lie outside the repository and not here."""
    other = "sqlite" if connection.vendor == "postgresql" else "postgresql"
    lacks_samples = any(
        str(mark.kwargs.get("reason", "")).startswith("got empty parameter set") for mark in item.iter_markers("skip")
    )
    lacks_server = any(item.get_closest_marker(server) for server in missing_servers())
    return lacks_samples or lacks_server or item.get_closest_marker(other) is not None


@cache
def missing_servers() -> tuple[str, ...]:
    """The servers that some tests need and that are not here; none where `BROKERS=required` wants them all."""
    if os.environ.get("BROKERS") == "required":
        return ()
    found = {
        "redis": shutil.which("redis-server") is not None, "rabbitmq": _answers(RABBITMQ_URL),
        "nginx": shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None,
        "mounts": os.geteuid() == 0,
    }
    return tuple(server for server, is_here in found.items() if not is_here)


RABBITMQ_URL = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((parts.hostname or "127.0.0.1", parts.port or 5672)) == 0


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write down for the verdict which tests had to be run again."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ  # it tells its parent, which writes
    if str(report.outcome) == "rerun" and "REPORTS" in os.environ and not is_worker:
        with (Path(os.environ["REPORTS"]) / "again.txt").open("a") as again:
            again.write(f"{report.nodeid}\n")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests cannot be asked here, and what would enable them."""
    for server in missing_servers():
        terminalreporter.write_line(f"SKIPPED: what needs {server}. {ENABLING[server]}")


ENABLING = {
    "nginx": "To enable it: install nginx, such as the package `nginx`; each run starts one of its own.",
    "redis": "To enable it: install Redis, such as the package `redis-server`; each run starts one of its own.",
    "rabbitmq": "To enable it: install RabbitMQ, such as the package `rabbitmq-server`, and let it run;"
    " or RABBITMQ_URL=amqp://USER:PASSWORD@HOST/VHOST make test, with a virtual host that nobody else uses.",
}
