"""The Celery application of the shop under trial: `celery -A drill.chaos.working worker`."""

from config.celery import app
from drill.chaos.watched import watch

watch()

__all__ = ["app"]
