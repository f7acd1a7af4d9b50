"""The workers: `celery -A config worker -Q events.checkout`. Whoever has no broker never imports this."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from storefront.environment.checks import refuse_wrong_settings  # noqa: E402  # Django must be ready first

refuse_wrong_settings()

from storefront.events.worker import receive  # noqa: E402  # Django must be ready before its models are

app = receive.app
