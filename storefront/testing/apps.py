"""The harness inside a process that a test run has started."""

import os

from django.apps import AppConfig


class TestingConfig(AppConfig):
    """Puts the process into the hand of the test run; installed by `storefront.testing.process_settings` only."""

    name = "storefront.testing"
    label = "testing"

    def ready(self) -> None:
        from storefront.testing.agent import ENVIRONMENT, Agent, Orders

        Agent(Orders.read(os.environ[ENVIRONMENT])).begin()
