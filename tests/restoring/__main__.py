"""A shop's life in a process of its own."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.update(STOREFRONT_BACKGROUND="none", THROTTLES="off")
    django.setup()
    from tests.restoring.life import main  # not before Django is set up

    main(sys.argv[1:])
