"""`manage.py demo`: a shop to look at, from nothing to the first order in under a minute."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config import journey
from storefront.environment.checks import refuse_wrong_settings
from storefront.topology.serving import HOST, is_taken, serve

OPERATOR = "operator"


class Command(BaseCommand):
    """Migrate, seed once, make the operator, serve, tell."""

    help = "Start a demo shop on PORT (8000), with its data in DATA_DIR (var/). A second run keeps the data."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        refuse_wrong_settings()
        port = int(os.environ.get("PORT") or 8000)
        _offer_the_second_factor()
        if is_taken(port):
            raise CommandError(f"Port {port} is taken; choose another: PORT={port + 1} make demo")
        self._step("Databases")
        call_command("migrate")
        self._seed()
        password = operator_password()
        self._step("Server")
        raise SystemExit(serve(port, when_up=lambda: self._tell(port, password)))

    def _step(self, name: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(f"{name}:"))
        self.stdout.flush()

    def _seed(self) -> None:
        kept = settings.DATA_DIR / "seeded"
        if kept.exists() and _has_products():
            return
        self._step("Catalogue and stock")
        call_command("seed")
        kept.touch()

    def _tell(self, port: int, password: str) -> None:
        origin = f"http://{HOST}:{port}"
        api = f"{origin}/api/v1"
        self.stdout.write(f"""
The shop is open. Ctrl-C closes it; its data stays in {settings.DATA_DIR}.

  Shop API   {api}/products
  API docs   {api}/docs
  Admin      {origin}/admin/     user: {OPERATOR}   password: {password}
             {_second_factor(origin)}

Buy something: in another terminal in this folder, three calls place an order, and a fourth shows it.

{journey.buying(api, journey.sku_in_stock(api))}

Then let the carrier deliver the parcel, and see the order say so.

{journey.delivering(origin)}
""")
        self.stdout.flush()


def _offer_the_second_factor() -> None:
    """Who looks at a shop has no telephone at hand; the environment may say otherwise."""
    settings.STOREFRONT_SECOND_FACTOR = os.environ.setdefault("STOREFRONT_SECOND_FACTOR", "offered")


def _second_factor(origin: str) -> str:
    if settings.STOREFRONT_SECOND_FACTOR != "offered":
        return "A second factor is required: the first sign-in sets it up."
    return f"A second factor is offered here: {origin}/admin/security/. Outside the demo it is required."


def operator_password() -> str:
    """The demo operator's password: made at random once, kept beside the data, told again at every start."""
    kept: Path = settings.DATA_DIR / "operator_password"
    operator, is_new = get_user_model().objects.get_or_create(
        username=OPERATOR, defaults={"is_staff": True, "is_superuser": True}
    )
    if kept.exists() and not is_new:
        password = kept.read_text()
        return password if operator.check_password(password) else "(the one you chose)"
    password = secrets.token_urlsafe(12)
    operator.set_password(password)
    operator.save()
    kept.touch(mode=0o600)
    kept.write_text(password)
    return password


def _has_products() -> bool:
    from modules.catalog.models import Product

    return Product.objects.exists()
