#!/usr/bin/env python
"""Django's command line."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    from storefront.topology.choosing import chosen

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.update(chosen(sys.argv, os.environ, Path(__file__).parent / "config" / "topologies"))
    from django.core.management import execute_from_command_line

    from storefront.backoffice.shell import told

    with told(sys.argv):
        execute_from_command_line(sys.argv)
