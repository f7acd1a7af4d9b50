"""The compose file: allowed by the specification, and one service per program of its topology."""

import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from storefront.topology.plan import load
from storefront.topology.programs import programs_of
from tests.deploy.compose import DEPLOY, read, variables

TEXT = (DEPLOY / "compose.yaml").read_text()
NGINX_CONF = DEPLOY / "compose" / "nginx.conf"
CERTIFICATES = "/etc/storefront/certificates"
STORES = {"postgres", "rabbitmq", "redis"}
TOPOLOGY = load(str(DEPLOY / "compose" / "topology.toml"), DEPLOY)


class TestCompose:
    def test_is_allowed_by_the_specification(self) -> None:
        assert set(read(TEXT, {})) > STORES

    @pytest.mark.parametrize(
        ("right", "wrong"),
        [
            ("restart: unless-stopped", "restrat: unless-stopped"),
            ("condition: service_healthy", "condition: service_helthy"),
            ("networks: [inside]", "networks: [insight]"),
            ('"media:/var/lib', '"medium:/var/lib'),
        ],
    )
    def test_a_planted_mistake_is_found(self, right: str, wrong: str) -> None:
        assert right in TEXT

        with pytest.raises(ValueError, match=r"\w"):
            read(TEXT.replace(right, wrong), {})

    def test_runs_every_program_of_its_topology(self) -> None:
        services = read(TEXT, {})
        programs = [each for process in TOPOLOGY.processes for each in programs_of(process, TOPOLOGY)]

        assert {program.name for program in programs} == set(services) - STORES - {"migrate", "nginx"}
        for program in programs:
            service = services[program.name]
            assert service["environment"]["STOREFRONT_PROCESS"] == program.process.name
            asked = service.get("healthcheck", {}).get("test", ["CMD"])  # the image's own, for who serves
            assert asked == ["CMD", *program.is_alive]
            assert service.get("command") == (None if program.role == "web" else list(program.command))

    def test_every_process_is_of_every_module_once(self) -> None:
        assert TOPOLOGY.modules == load("monolith", DEPLOY.parent / "config" / "topologies").modules

    def test_what_it_asks_for_is_in_the_example_without_a_value(self) -> None:
        lines = [line.lstrip("# ") for line in (DEPLOY / "env.example").read_text().splitlines()]
        named = {line.partition("=")[0]: line.partition("=")[2] for line in lines if "=" in line.split(" ")[0]}

        assert variables(TEXT) <= set(named)
        secret = {"SECRET_KEY", "DATABASE_PASSWORD", "BROKER_PASSWORD", "STOREFRONT_SERVICE_KEYS"}
        assert {named[name] for name in secret} == {""}

    def test_nobody_but_nginx_is_reached_from_outside(self) -> None:
        services = read(TEXT, {})

        assert [name for name, service in services.items() if service.get("ports")] == ["nginx"]
        assert all(services[name]["networks"] == ["inside"] for name in STORES)

    def test_every_image_is_pinned(self) -> None:
        assert all(":" in service["image"] for service in read(TEXT, {}).values())


class TestGateway:
    def test_is_as_the_urlconf_says(self) -> None:
        written = StringIO()
        call_command(
            "topology", "gateway", f"--topology={DEPLOY / 'compose' / 'topology.toml'}", "--listen=8443",
            f"--certificate={CERTIFICATES}/fullchain.pem", f"--certificate-key={CERTIFICATES}/privkey.pem",
            stdout=written,
        )

        assert NGINX_CONF.read_text() == written.getvalue()

    @pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed: apt-get install nginx-light")
    def test_nginx_accepts_it(self, tmp_path: Path) -> None:
        certify(tmp_path)
        here = re.sub(r"server (\w+):8000", "server 127.0.0.1:8000", NGINX_CONF.read_text())
        (tmp_path / "nginx.conf").write_text(here.replace(CERTIFICATES, str(tmp_path)))

        command = ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;", "-t"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert (done.returncode, "[emerg]" in done.stderr) == (0, False), done.stderr
        assert read(TEXT, {})["nginx"]["command"][5:] == ["-g", "daemon off;"]


def certify(folder: Path) -> None:
    """A certificate for this machine, which only trusts itself, and its key."""
    names = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"), "-subj", "/CN=shop.example"]
    names += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *names]
    subprocess.run(command, capture_output=True, check=True)
