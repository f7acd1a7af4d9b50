"""`manage.py apikey create|list|find|revoke`: the keys of machines."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from storefront.backoffice.acting import Acting, Operator
from storefront.backoffice.log import HOME, Change
from storefront.backoffice.shell import shell_operator
from storefront.listing import tell_each
from storefront.rest.keys import mint, prefix_in, revoke
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
        find = verbs.add_parser("find", help="Whose key leaked: give what was found, whole or in part.")
        find.add_argument("text", help="A key, its first part, or a line that shows it.")
        end = verbs.add_parser("revoke", help="End a key at once, in every process within seconds.")
        end.add_argument("prefix", help="The part after sk_, or the key as it was found.")

    def handle(self, *_: Any, **options: Any) -> None:
        verbs = {"create": self._create, "list": self._list, "find": self._find, "revoke": self._revoke}
        verbs[options["verb"]](options)

    def _create(self, options: dict[str, Any]) -> None:
        try:
            row, key = mint(name=options["name"], scopes=options["scopes"].replace(",", " ").split())
        except ValueError as error:
            raise CommandError(str(error)) from error
        _tell(row, "add", [Change("scopes", None, row.scopes)])
        self.stderr.write(f"{row.name}: {row.scopes}. Keep the key: it is shown this once.")
        self.stdout.write(key)

    def _list(self, _: dict[str, Any]) -> None:
        tell_each(self.stdout, map(_line, ApiKey.objects.all()))

    def _find(self, options: dict[str, Any]) -> None:
        prefix = prefix_in(options["text"]) or options["text"]
        row = ApiKey.objects.filter(prefix=prefix).first()
        if row is None:
            raise CommandError("No key of this shop has that prefix.")
        self.stdout.write(_line(row))
        if row.revoked_at is None:
            self.stdout.write(f"End it: manage.py apikey revoke {row.prefix}")

    def _revoke(self, options: dict[str, Any]) -> None:
        prefix = prefix_in(options["prefix"]) or options["prefix"]
        if not revoke(prefix):
            raise CommandError(f"{prefix}: no living key has this prefix.")
        _tell(ApiKey.objects.get(prefix=prefix), "revoke", [])
        self.stdout.write(f"{prefix}: revoked.")


def _line(row: ApiKey) -> str:
    state = f"revoked {_told(row.revoked_at)}" if row.revoked_at else f"last used {_told(row.last_used_at)}"
    return f"sk_{row.prefix}_…  {row.name}  {row.scopes}  {state}"


def _tell(row: ApiKey, action: str, changes: list[Change]) -> None:
    act = Acting(HOME, operator=Operator(shell_operator()), action=action, object_type="apikey")
    act.tell(object_id=str(row.pk), object_name=str(row), changes=changes)


def _told(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "never"
