"""`manage.py dev --topology all-split`: every process of a topology on this machine, with one address and one log."""

import os
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from storefront.topology.choosing import USUAL
from storefront.topology.gateway import Gateway, nginx
from storefront.topology.plan import BadTopology, Process, Topology, load
from storefront.topology.programs import working
from storefront.topology.routes import routes
from storefront.topology.serving import HOST, granian, is_taken
from storefront.topology.together import Program, Together


class Command(BaseCommand):
    """Servers, workers where facts travel through a broker, and nginx before them."""

    help = "Start every process of a topology, with a gateway on one address; Ctrl-C stops them all."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--topology", default=USUAL, help="its name, or the path of its file")
        parser.add_argument("--gateway", choices=["nginx", "none"], help="nginx where it is installed, unless said")
        parser.add_argument("--port", type=int, default=8000, help="of the one address of the shop")

    def handle(self, *_args: Any, topology: str, port: int, gateway: str | None, **_options: Any) -> None:
        shop = self._placed(topology, port)
        server = None if _is_alone(shop, port) or gateway == "none" else _nginx(is_needed=gateway == "nginx")
        self._check_ports(shop, port if server else 0)
        call_command("migrate", stdout=self.stdout)
        call_command("topology", "openapi", stdout=self.stdout)
        connections.close_all()
        programs = [program for process in shop.processes for program in self._programs(shop, process, topology)]
        if server:
            programs.append(self._gateway(server, shop, port))
        together = Together(
            programs, folder=Path(settings.BASE_DIR), out=self.stdout._out, is_coloured=self.stdout.isatty()
        )
        one_address = f"http://{HOST}:{port}" if server or _is_alone(shop, port) else ""
        raise SystemExit(together.run(when_up=lambda: together.say(_addresses(shop, one_address))))

    def _placed(self, name: str, port: int) -> Topology:
        """The topology; one that is a single process and has no url is served at the shop's own address."""
        try:
            shop = load(name, Path(settings.STOREFRONT_WIRING).parent / "topologies")
        except BadTopology as error:
            raise CommandError(str(error)) from error
        if shop.events == "celery" and not settings.STOREFRONT_BROKER_URL:
            raise CommandError(
                f"In topology {shop.name} facts travel through a broker: set STOREFRONT_BROKER_URL,"
                " such as redis://127.0.0.1:6379/0 or amqp://guest:guest@127.0.0.1:5672//."
            )
        url = f"http://{HOST}:{port}"
        return shop._replace(processes=tuple(each if each.url else each._replace(url=url) for each in shop.processes))

    def _check_ports(self, shop: Topology, gateway_port: int) -> None:
        for port in [*map(_port, shop.processes), gateway_port]:
            if port and is_taken(port):
                raise CommandError(f"Port {port} is taken, and topology {shop.name} needs it.")

    def _programs(self, shop: Topology, process: Process, topology: str) -> list[Program]:
        environment = {
            **os.environ, "STOREFRONT_TOPOLOGY": topology, "STOREFRONT_PROCESS": process.name,
            "TRUSTED_PROXIES": os.environ.get("TRUSTED_PROXIES", "1"), "PYTHONUNBUFFERED": "1",
        }
        found = [Program(process.name, granian(_port(process)), environment, _port(process))]
        if shop.events == "celery":
            program, *arguments = working(process.modules)
            command = [sys.executable, "-m", program, "--quiet", *arguments]  # without its banner
            found.append(Program(f"{process.name}-worker", command, environment))
        return found

    def _gateway(self, server: str, shop: Topology, port: int) -> Program:
        folder = Path(settings.DATA_DIR) / "gateway"
        folder.mkdir(exist_ok=True)
        file = folder / "nginx.conf"
        file.write_text(nginx(shop, routes(), Gateway(listen=f"{HOST}:{port}")))
        as_whom = "user root; " if os.geteuid() == 0 else ""
        command = [server, "-p", str(folder), "-c", str(file), "-g", f"{as_whom}daemon off;"]
        return Program("gateway", command, dict(os.environ), port)


def _nginx(*, is_needed: bool) -> str | None:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
    if found is None and is_needed:
        raise CommandError("nginx is not installed; without it each process has an address of its own: --gateway none")
    return found


def _is_alone(shop: Topology, port: int) -> bool:
    """Whether one process is the whole shop, at the shop's address."""
    return len(shop.processes) == 1 and _port(shop.processes[0]) == port


def _port(process: Process) -> int:
    return urlsplit(process.url).port or 80


def _addresses(shop: Topology, one: str) -> str:
    count = "one process" if len(shop.processes) == 1 else f"{len(shop.processes)} processes"
    lines = [
        "", f"The shop is open: {count} of {shop.name}. Ctrl-C closes it; its data stays in {settings.DATA_DIR}.", "",
    ]
    if one:
        lines += [
            f"  Shop API   {one}/api/v1/products",
            f"  API docs   {one}/api/v1/docs",
            f"  Admin      {one}/admin/",
        ]
    else:
        lines.append("  One address for all of them needs nginx, which is not at work here. Each has its own:")
    lines += ["", *(f"  {each.name:<10} {each.url}  {', '.join(each.modules)}" for each in shop.processes), ""]
    return "\n".join(lines)
