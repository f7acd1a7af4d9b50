"""No process may do more than its work: whichever way it is deployed, and as systemd itself judges it."""

import re
import shutil
import subprocess
from copy import deepcopy
from typing import Any

import pytest

from tests.deploy.compose import DEPLOY, read
from tests.deploy.hardening import SEALED_UNIT, of_image, of_pod, of_service, of_unit
from tests.deploy.test_compose import STORES, TEXT
from tests.deploy.test_kubernetes import MANIFESTS
from tests.deploy.test_systemd import UNITS

PODS = {
    name: each["spec"]["template"]["spec"] for name, each in MANIFESTS.items() if each["kind"] in ("Deployment", "Job")
}
SERVICES = read(TEXT, {})
PROGRAMS = {name: text for name, text in UNITS.items() if name.endswith(".service")}
GATEWAY = "storefront-gateway.service"
MOST_EXPOSED = 2.0
"""Of 10, which is all; below 2.5 systemd has nothing to say to it."""
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


@pytest.mark.proves("S22")
class TestPods:
    @pytest.mark.parametrize("name", PODS)
    def test_fit_the_strictest_profile_of_a_cluster(self, name: str) -> None:
        assert of_pod(PODS[name]) == []

    @pytest.mark.parametrize(
        ("place", "planted", "named"),
        [
            ((), {"hostNetwork": True}, "hostNetwork"),
            ((), {"automountServiceAccountToken": True}, "service account"),
            ((), {"volumes": [{"name": "all", "hostPath": {"path": "/"}}]}, "hostPath"),
            (("securityContext",), {"runAsNonRoot": False}, "root"),
            (("securityContext",), {"seccompProfile": {"type": "Unconfined"}}, "seccompProfile"),
            (("containers", 0, "securityContext"), {"privileged": True}, "privileged"),
            (("containers", 0, "securityContext"), {"readOnlyRootFilesystem": False}, "readOnlyRootFilesystem"),
            (("containers", 0, "securityContext"), {"allowPrivilegeEscalation": True}, "allowPrivilegeEscalation"),
            (("initContainers", 0, "securityContext"), {"capabilities": {"add": ["NET_RAW"]}}, "capabilities"),
        ],
    )
    def test_a_planted_way_out_is_found(self, place: tuple[Any, ...], planted: dict[str, Any], named: str) -> None:
        pod = deepcopy(PODS["payments.yaml Deployment payments"])
        at: Any = pod
        for part in place:
            at = at[part]
        at |= planted

        assert of_pod(pod) == [named]


@pytest.mark.proves("S22")
class TestServices:
    @pytest.mark.parametrize("name", SERVICES)
    def test_have_dropped_what_they_do_not_need(self, name: str) -> None:
        assert of_service(SERVICES[name], is_store=name in STORES) == []

    @pytest.mark.parametrize(
        ("planted", "named"),
        [
            ({"privileged": True}, "privileged"), ({"cap_drop": []}, "cap_drop"),
            ({"cap_add": ["SYS_ADMIN"]}, "SYS_ADMIN"),
            ({"security_opt": ["no-new-privileges:true", "seccomp:unconfined"]}, "security_opt"),
            ({"read_only": False}, "read_only"), ({"network_mode": "host"}, "host network"),
            ({"volumes": ["/var/run/docker.sock:/var/run/docker.sock"]}, "docker.sock"),
        ],
    )
    def test_a_planted_way_out_is_found(self, planted: dict[str, Any], named: str) -> None:
        assert of_service(SERVICES["payments"] | planted, is_store=False) == [named]


@pytest.mark.proves("S22")
class TestUnits:
    @pytest.mark.parametrize("name", PROGRAMS)
    def test_are_locked(self, name: str) -> None:
        assert of_unit(PROGRAMS[name], port_below_1024=name == GATEWAY) == []

    @pytest.mark.parametrize("lock", [*SEALED_UNIT, "CapabilityBoundingSet", "PrivateUsers", "User"])
    def test_a_missing_lock_is_found(self, lock: str) -> None:
        opened = re.sub(rf"^{lock}=.*\n", "", PROGRAMS["storefront-web@.service"], flags=re.MULTILINE)

        assert of_unit(opened, port_below_1024=False) == [lock]

    @pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing: install systemd")
    @pytest.mark.parametrize("name", PROGRAMS)
    def test_systemd_finds_little_exposed(self, name: str) -> None:
        command = ["systemd-analyze", "security", "--offline=true", str(DEPLOY / "systemd" / name)]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", said)

        assert float(level) <= MOST_EXPOSED, said


@pytest.mark.proves("S22")
class TestImage:
    def test_runs_as_nobody_on_a_base_of_one_version(self) -> None:
        assert of_image(DOCKERFILE) == []

    @pytest.mark.parametrize(
        ("right", "wrong", "named"),
        [("USER 10001:10001", "USER 0:0", "root"), ("USER 10001:10001\n", "", "root"),
         ("3.11.14-slim-bookworm\n#", "latest\n#", "python:latest"),
         ("3.11.14-slim-bookworm AS", "3-slim AS", "python:3-slim")],
    )
    def test_a_planted_mistake_is_found(self, right: str, wrong: str, named: str) -> None:
        assert right in DOCKERFILE

        assert of_image(DOCKERFILE.replace(right, wrong)) == [named]

    def test_a_base_may_be_named_by_its_digest(self) -> None:
        assert of_image(DOCKERFILE.replace("-slim-bookworm", f"@sha256:{'0' * 64}")) == []
