"""`manage.py` of the shop under trial: `python -m drill.chaos.manage relay`."""

import os
import sys

import django
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

if __name__ == "__main__":
    from drill.chaos.watched import watch

    django.setup()
    watch()
    execute_from_command_line(sys.argv)
