"""What granian serves of the shop under trial."""

from config.wsgi import application
from drill.chaos.watched import watch

watch()

__all__ = ["application"]
