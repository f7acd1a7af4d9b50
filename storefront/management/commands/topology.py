"""`manage.py topology`: what follows from the code and the topology files, written down."""

import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model
from django.utils.text import capfirst

from storefront.backoffice.roles import roles_here
from storefront.backoffice.sections import OWN
from storefront.events.subscription import HANDLERS
from storefront.rest.docs import whole_document
from storefront.topology import modules_here
from storefront.topology import topology as the_topology
from storefront.topology.gateway import Gateway, kubernetes, nginx
from storefront.topology.kubernetes import Shop
from storefront.topology.manifests import generated_files, kubernetes_files
from storefront.topology.manifests import written as as_yaml
from storefront.topology.plan import Topology, load
from storefront.topology.programs import PORT
from storefront.topology.routes import routes, target
from storefront.topology.wiring import Section, Wiring, imported_faces, written


class Command(BaseCommand):
    """`wiring` writes who calls whom and who hears what, `manifests` what a cluster runs; `--check` only compares."""

    help = "Write what is generated from code and topology: wiring, manifests, gateway, openapi."

    def add_arguments(self, parser: ArgumentParser) -> None:
        subcommands = parser.add_subparsers(dest="subcommand", required=True)
        wiring = subcommands.add_parser("wiring", help="who calls whom and who hears what, from the code")
        wiring.add_argument("--check", action="store_true", help="write nothing; fail if the file differs")
        manifests = subcommands.add_parser("manifests", help="what Kubernetes runs, for `kubectl apply -k`")
        manifests.add_argument("--format", choices=["kubernetes"], default="kubernetes")
        manifests.add_argument("--topology", default="all-split", help="its name, or the path of its file")
        manifests.add_argument("--events", choices=["http", "celery"], help="instead of what the topology says")
        manifests.add_argument("--output", type=Path, default=Path("deploy/kubernetes"), help="the folder")
        manifests.add_argument("--check", action="store_true", help="write nothing; fail if a file differs")
        self._add_gateway(subcommands.add_parser("gateway", help="routes of every public path, to standard output"))
        openapi = subcommands.add_parser("openapi", help="the document of the whole shop, for its processes")
        openapi.add_argument("--output", type=Path, help="STOREFRONT_OPENAPI unless said")

    def _add_gateway(self, gateway: ArgumentParser) -> None:
        known = Gateway()
        gateway.add_argument("--format", choices=["nginx", "kubernetes"], default="nginx")
        gateway.add_argument("--topology", default="all-split", help="its name, or the path of its file")
        gateway.add_argument("--host", default=known.host, help="the shop's domain; any by default")
        gateway.add_argument("--listen", default=known.listen, help="nginx: a port, or address:port")
        gateway.add_argument("--certificate", default="", help="nginx: path of the certificate chain; HTTP without one")
        gateway.add_argument("--certificate-key", default="", help="nginx: path of its key")
        gateway.add_argument(
            "--requests-per-second", type=int, default=known.requests_per_second, help="nginx: per client address"
        )

    def handle(self, *_args: Any, subcommand: str, **options: Any) -> None:
        getattr(self, f"_{subcommand}")(**options)

    def _wiring(self, *, check: bool, **_options: Any) -> None:
        _insist_on_all_modules()
        text, path = written(_as_coded()), Path(settings.STOREFRONT_WIRING)
        if path.exists() and path.read_text() == text:
            self.stdout.write(f"{path.name} is as the code says.")
        elif check:
            raise CommandError(f"{path.name} differs from the code: run `manage.py topology wiring`.")
        else:
            path.write_text(text)
            self.stdout.write(f"{path.name} written.")

    def _manifests(self, *, topology: str, events: Any, output: Path, check: bool, **_options: Any) -> None:
        _insist_on_all_modules()
        wanted = load(topology, Path(settings.STOREFRONT_WIRING).parent / "topologies")
        shop = _shop(wanted._replace(events=events or wanted.events))
        files = kubernetes_files(shop, kubernetes(wanted, routes(), Gateway(), port=PORT), tag=_version())
        there = generated_files(output)
        if there == files:
            self.stdout.write(f"{output} is as code and topology say.")
        elif check:
            raise CommandError(f"{output} differs from code and topology: run the same without --check.")
        else:
            output.mkdir(parents=True, exist_ok=True)
            for gone in there.keys() - files.keys():
                (output / gone).unlink()
            for name, text in files.items():
                (output / name).write_text(text)
            self.stdout.write(f"{len(files)} files written to {output}.")

    def _gateway(self, *, topology: str, **options: Any) -> None:
        _insist_on_all_modules()
        if bool(options["certificate"]) != bool(options["certificate_key"]):
            raise CommandError("A certificate needs its key, and a key its certificate.")
        wanted = load(topology, Path(settings.STOREFRONT_WIRING).parent / "topologies")
        gateway = Gateway(**{name: options[name] for name in Gateway._fields})
        if options["format"] == "nginx":
            text = nginx(wanted, routes(), gateway)
        else:
            text = as_yaml(kubernetes(wanted, routes(), gateway))
        self.stdout.write(text, ending="")

    def _openapi(self, *, output: Path | None, **_options: Any) -> None:
        _insist_on_all_modules()
        path = output or Path(settings.STOREFRONT_OPENAPI)
        path.write_bytes(whole_document())
        self.stdout.write(f"{path} written.")


def _insist_on_all_modules() -> None:
    lacking = set(the_topology().modules) - set(modules_here())
    if lacking:
        raise CommandError(f"{', '.join(sorted(lacking))} are not in this process: ask the monolith.")


def _version() -> str:
    project = Path(settings.BASE_DIR) / "pyproject.toml"
    return str(tomllib.loads(project.read_text())["project"]["version"])


def _shop(topology: Topology) -> Shop:
    keeping = frozenset(filter(None, [getattr(settings, "STOREFRONT_MEDIA_MODULE", "")]))
    public = frozenset(target(route, topology).name for route in routes())
    return Shop(topology, _as_coded(), public=public, keeping_files=keeping)


def _as_coded() -> Wiring:
    calls = {module: imported_faces(Path(apps.get_app_config(module).path)) for module in modules_here()}
    return Wiring(
        {module: tuple(sorted(callees)) for module, callees in calls.items() if callees},
        {event: tuple(sorted(hearers)) for event, hearers in HANDLERS.items()},
        {model._meta.label_lower: _section_of(model) for model in admin.site._registry} | OWN,
        roles_here(),
    )


def _section_of(model: type[Model]) -> Section:
    app = apps.get_app_config(model._meta.app_label)
    return Section(str(app.verbose_name), str(model._meta.verbose_name), capfirst(str(model._meta.verbose_name_plural)))
