"""`manage.py apikey create|list|revoke`: the keys of machines."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from storefront.rest.keys import mint, revoke
from storefront.rest.models import ApiKey


class Command(BaseCommand):
    """Make a key and print it once; list keys; revoke one."""

    help = "Machine keys of the API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="Make a key and print it, this once.")
        create.add_argument("--name", required=True, help="Whose key it is, such as ERP.")
        create.add_argument("--scopes", required=True, help="Separated by commas, such as orders:read,stock:write.")
        verbs.add_parser("list", help="Every key, without its secret.")
        verbs.add_parser("revoke", help="End a key at once.").add_argument("prefix", help="The part after sk_.")

    def handle(self, *_: Any, **options: Any) -> None:
        {"create": self._create, "list": self._list, "revoke": self._revoke}[options["verb"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        try:
            row, key = mint(name=options["name"], scopes=options["scopes"].replace(",", " ").split())
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"{row.name}: {row.scopes}. Keep the key: it is shown this once.")
        self.stdout.write(key)

    def _list(self, _: dict[str, Any]) -> None:
        for row in ApiKey.objects.all():
            state = f"revoked {_told(row.revoked_at)}" if row.revoked_at else f"last used {_told(row.last_used_at)}"
            self.stdout.write(f"sk_{row.prefix}_…  {row.name}  {row.scopes}  {state}")

    def _revoke(self, options: dict[str, Any]) -> None:
        prefix = options["prefix"].removeprefix("sk_").partition("_")[0]
        if not revoke(prefix):
            raise CommandError(f"{prefix}: no living key has this prefix.")
        self.stdout.write(f"{prefix}: revoked.")


def _told(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "never"
