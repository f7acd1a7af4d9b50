"""A sign of life of a relay or a worker, whom nobody can ask over HTTP: a file whose time is that of its last turn."""

from pathlib import Path

from django.conf import settings


def beat() -> None:
    """Touch the file that `STOREFRONT_HEARTBEAT` names, if it names one."""
    if settings.STOREFRONT_HEARTBEAT:
        Path(settings.STOREFRONT_HEARTBEAT).touch()
