"""Rows only: the tariff of a fresh shop. Before or after the deploy; what exists already stays."""

from typing import Any

from django.db import migrations

from modules.shipping.defaults import ensure_tariff


def write_tariff(apps: Any, _schema_editor: Any) -> None:
    """Write what is missing."""
    ensure_tariff(apps)


class Migration(migrations.Migration):
    dependencies = [("shipping", "0001_initial")]
    excused = {"moves-rows-at-once": "A dozen rows, into tables that are new."}

    operations = [migrations.RunPython(write_tariff, migrations.RunPython.noop)]
