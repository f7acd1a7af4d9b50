"""The committed manifests: as code and topology say, and as Kubernetes takes them."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.core.management import call_command

from tests.deploy.compose import DEPLOY

FOLDER = DEPLOY / "kubernetes"
VERSION = "1.37"
OTHERS = ("gateway.networking.k8s.io/", "kustomize.config.k8s.io/")
"""Kinds that the cluster learns from elsewhere: of the Gateway API, and of kustomize."""


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every manifest, with a name for people."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for found in yaml.safe_load_all(path.read_text()):
            if not found["apiVersion"].startswith(OTHERS):
                yield f"{path.name} {found['kind']} {found['metadata']['name']}", found


MANIFESTS = dict(manifests())


def accepted(manifest: dict[str, Any]) -> None:
    """Whether Kubernetes would take it.

    :raises kubernetes_validate.ValidationError: a field is unknown, missing, or of another type
    """
    kubernetes_validate.validate(manifest, VERSION, strict=True)


class TestManifests:
    def test_are_as_code_and_topology_say(self) -> None:
        call_command("topology", "manifests", "--events=celery", f"--output={FOLDER}", "--check")

    @pytest.mark.parametrize("name", MANIFESTS)
    def test_are_accepted(self, name: str) -> None:
        accepted(MANIFESTS[name])

    @pytest.mark.parametrize(
        ("path", "wrong"),
        [
            (("spec", "replica"), 2),
            (("spec", "strategy", "rollingUpdate", "maxSurge"), [1]),
            (("spec", "template", "spec", "terminationGracePeriodSeconds"), "soon"),
            (("spec", "template", "spec", "securityContext", "runAsNonroot"), True),
            (("spec", "paused"), "no"),
        ],
    )
    def test_a_planted_mistake_is_refused(self, path: tuple[str, ...], wrong: object) -> None:
        planted = yaml.safe_load(yaml.safe_dump(MANIFESTS["payments.yaml Deployment payments"]))
        place = planted
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = wrong

        with pytest.raises(kubernetes_validate.ValidationError):
            accepted(planted)

    def test_kustomize_builds_them_all(self) -> None:
        if shutil.which("kubectl") is None:
            assert_is_whole()
            return
        built = subprocess.run(["kubectl", "kustomize", FOLDER], capture_output=True, text=True, check=True)

        found = list(yaml.safe_load_all(built.stdout))
        kinds = [each["kind"] for each in found]
        assert len(found) >= len(MANIFESTS) + kinds.count("ConfigMap")
        assert kinds.count("ConfigMap") == 2


def assert_is_whole() -> None:
    """What can be said of a kustomization without kubectl: every file that it names is there."""
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    generators = kustomization["configMapGenerator"]
    named = [name for each in generators for name in (*each.get("files", ()), *each.get("envs", ()))]
    assert all((FOLDER / name).exists() for name in (*kustomization["resources"], *named))
