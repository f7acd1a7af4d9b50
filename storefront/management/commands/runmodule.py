"""`manage.py runmodule payments`: serve the process of a topology that runs this module."""

from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from storefront.topology import modules_here, process_here, topology
from storefront.topology.choosing import USUAL
from storefront.topology.serving import HOST, is_taken, serve


class Command(BaseCommand):
    """One process of the shop, migrated and served until Ctrl-C or SIGTERM."""

    help = "Serve the process that runs a module: of --topology, else of STOREFRONT_TOPOLOGY, else of all-split."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("module")
        parser.add_argument("--topology", help=f"its name or file; {USUAL} unless the environment says")
        parser.add_argument("--port", type=int, help="that of the process's url unless said")
        parser.add_argument("--host", default=HOST, help="the address to listen at; only this machine unless said")
        parser.add_argument("--no-migrate", action="store_true", help="leave the databases as they are")

    def handle(self, *_args: Any, module: str, **options: Any) -> None:
        process = process_here()
        if module not in modules_here():  # called by other than manage.py, which chooses before settings are read
            raise CommandError(f"{module} does not run in process {process.name}; set STOREFRONT_PROCESS.")
        port = options["port"] or urlsplit(process.url).port
        if not port:
            raise CommandError(f"Process {process.name} has no url in topology {topology().name}: say --port.")
        if is_taken(port):
            raise CommandError(f"Port {port} is taken; say another with --port.")
        if not options["no_migrate"]:
            call_command("migrate", stdout=self.stdout)
        connections.close_all()
        raise SystemExit(serve(port, host=options["host"], when_up=lambda: self._tell(port)))

    def _tell(self, port: int) -> None:
        shop, process = topology(), process_here()
        self.stdout.write(f"Process {process.name} of {shop.name} runs {', '.join(modules_here())} on port {port}.")
        if process.url and urlsplit(process.url).port != port:
            self.stdout.write(f"The other processes look for it at {process.url}.")
        if shop.events == "celery":
            queues = ",".join(f"events.{module}" for module in modules_here())
            self.stdout.write(f"Facts reach it through a worker: celery -A config worker -Q {queues}")
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()
