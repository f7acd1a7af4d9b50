"""The gateway's routes are those of the URLconf: each public path to the one process that knows it."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from storefront.topology import modules_here, plan, routes
from storefront.topology.gateway import Gateway, kubernetes, nginx
from storefront.topology.routes import AmbiguousPath, Found, Route, route_of, target

TOPOLOGIES = Path(settings.STOREFRONT_WIRING).parent / "topologies"
NAMES = sorted(each.stem for each in TOPOLOGIES.glob("*.toml"))


def path_of(found: Found) -> str:
    """A path that the pattern begins with, and one part more."""
    return f"/{'/'.join(found.segments)}/and-more"


class TestRoutes:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_pattern_of_a_module_leads_to_the_process_that_has_it(self, name: str) -> None:
        topology, known = plan.load(name, TOPOLOGIES), routes.routes()
        owned = [found for found in routes.patterns() if found.module]

        assert {found.module for found in owned} == set(modules_here())
        for found in owned:
            route = route_of(path_of(found), known)
            assert route, found
            assert found.module in target(route, topology).modules, found

    def test_every_public_path_has_a_target(self) -> None:
        known = routes.routes()

        assert all(route_of(path_of(found), known) for found in routes.patterns())

    def test_what_belongs_to_no_module_is_for_the_process_where_operators_sign_in(self) -> None:
        topology, known = plan.load("all-split", TOPOLOGIES), routes.routes()

        for each in ("/admin/login/", "/admin/", "/api/v1/docs", "/api/v1/openapi.json", "/static/x.css", "/api/none"):
            route = route_of(each, known)
            assert route, each
            assert target(route, topology) == topology.home

    @pytest.mark.parametrize(
        "internal", ["/_call/inventory/reserve", "/_events/catalog", "/_modules", "/livez", "/readyz", "/startupz"]
    )
    def test_what_processes_tell_each_other_is_no_public_path(self, internal: str) -> None:
        assert route_of(internal, routes.routes()) is None

    def test_a_path_that_begins_alike_is_another(self) -> None:
        assert Route("/api/v1/carts", "cart").leads("/api/v1/carts/crt_1")
        assert not Route("/api/v1/carts", "cart").leads("/api/v1/cartsful")

    def test_two_modules_on_one_path_are_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        planted = [Found(("api", "v1", "goods"), "catalog"), Found(("api", "v1", "goods"), "inventory")]
        monkeypatch.setattr(routes, "patterns", lambda: planted)

        with pytest.raises(AmbiguousPath, match="/api/v1/goods would lead to catalog and to inventory"):
            routes.routes()

    def test_two_modules_share_a_word_and_part_below_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        planted = [Found(("hooks", "banks"), "payments"), Found(("hooks", "carriers"), "shipping")]
        monkeypatch.setattr(routes, "patterns", lambda: planted)

        known = {route.path: route.module for route in routes.routes()}
        assert known == {"/hooks/banks": "payments", "/hooks/carriers": "shipping", "/static": ""}


class TestGateway:
    def test_nginx_has_one_upstream_per_process_and_no_other(self) -> None:
        text = nginx(plan.load("payments-out", TOPOLOGIES), routes.routes(), Gateway())

        assert text.count("    upstream ") == 2
        assert "server 127.0.0.1:8101" in text
        assert "server 127.0.0.1:8102" in text

    def test_a_process_without_an_address_is_told(self) -> None:
        with pytest.raises(ValueError, match="shop has no url"):
            nginx(plan.load("monolith", TOPOLOGIES), routes.routes(), Gateway())

    def test_kubernetes_names_each_path_once(self) -> None:
        (route,) = kubernetes(plan.load("all-split", TOPOLOGIES), routes.routes(), Gateway(host="shop.example"))

        matches = [match["path"]["value"] for rule in route["spec"]["rules"] for match in rule["matches"]]
        assert sorted(matches) == sorted(each.path for each in routes.routes())
        assert route["spec"]["hostnames"] == ["shop.example"]

    def test_a_certificate_without_its_key_is_refused(self) -> None:
        with pytest.raises(CommandError, match="needs its key"):
            call_command("topology", "gateway", "--certificate", "/tls.crt", stdout=StringIO())


class TestDocument:
    def test_a_process_with_a_part_hands_out_what_was_written_for_the_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from storefront.rest import docs

        monkeypatch.setattr(settings, "STOREFRONT_OPENAPI", tmp_path / "openapi.json")
        call_command("topology", "openapi", stdout=StringIO())
        monkeypatch.setattr(settings, "STOREFRONT_MODULES", ("payments",))
        docs._document.cache_clear()
        try:
            paths = json.loads(docs._document()[0])["paths"]
        finally:
            docs._document.cache_clear()

        assert {"/api/v1/carts", "/api/v1/payments/{payment_id}"} <= set(paths)
