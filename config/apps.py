"""The project itself, for its commands."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """Seeds and demo."""

    name = "config"
    label = "config"
