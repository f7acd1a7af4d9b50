"""A cluster of one machine: starts what a manifest says, with this machine's addresses for those of a cluster."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import yaml

from storefront.topology.programs import HEARTBEAT, PORT
from tests.deploy.compose import DEPLOY
from tests.deploy.image import Image

FOLDER = DEPLOY / "kubernetes"
START_SECONDS = 90
"""On a machine that is busy with other tests."""


class Cluster(NamedTuple):
    """Where pods run: the image, what config maps and secrets hold, and each process's port."""

    image: Image
    settings: Mapping[str, str]
    secret: Mapping[str, str]
    ports: Mapping[str, int]

    def environment(self, container: Mapping[str, Any]) -> dict[str, str]:
        """As Kubernetes puts it together: sources first, then what is said one by one.

        :raises KeyError: the container asks for a config map or a secret that nobody has written about
        """
        held = {"storefront-settings": self.settings, "storefront": self.secret}
        found: dict[str, str] = {}
        for source in container["envFrom"]:
            for reference in source.values():
                found |= held.get(reference["name"], {}) if reference.get("optional") else held[reference["name"]]
        found |= {each["name"]: each["value"] for each in container["env"]}
        return self.image.environment(**found)

    def command(self, container: Mapping[str, Any], process: str) -> list[str]:
        """Of the container, at this machine's port of its process."""
        return [str(self.ports[process]) if word == str(PORT) else word for word in container["command"]]


def read(name: str) -> list[dict[str, Any]]:
    """The manifests of a committed file."""
    return list(yaml.safe_load_all((FOLDER / name).read_text()))


def settings(image: Image, folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    """What `settings.env` says, with places on this machine."""
    lines = (FOLDER / "settings.env").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    topology = (FOLDER / "topology.toml").read_text()
    for process, port in ports.items():
        topology = topology.replace(f"http://{process}:{PORT}", f"http://127.0.0.1:{port}")
    (folder / "topology.toml").write_text(topology)
    return told | {"STOREFRONT_TOPOLOGY": str(folder / "topology.toml"), "DATA_DIR": str(image.files)}


class Running:
    """A container of a pod, started. Its words go to a file."""

    def __init__(self, pod: Mapping[str, Any], cluster: Cluster, folder: Path) -> None:
        self.container = pod["spec"]["containers"][0]
        labels = pod["metadata"]["labels"]
        self.process = labels["app.kubernetes.io/name"]
        self.grace_seconds = pod["spec"]["terminationGracePeriodSeconds"]
        self._port = cluster.ports[self.process]
        self._words = folder / f"{self.process}-{self.container['name']}.log"
        self._heartbeat = folder / f"{self.name}.heartbeat"
        environment = cluster.environment(self.container)
        if "STOREFRONT_HEARTBEAT" in environment:
            environment["STOREFRONT_HEARTBEAT"] = str(self._heartbeat)
        with self._words.open("wb") as words:
            self._started = subprocess.Popen(
                cluster.command(self.container, self.process), cwd=cluster.image.source,
                env=environment, stdout=words, stderr=subprocess.STDOUT,
            )

    @property
    def role(self) -> str:
        """web, relay or worker."""
        return str(self.container["name"])

    @property
    def name(self) -> str:
        """For people."""
        return self._words.stem

    @property
    def words(self) -> str:
        """What it has printed."""
        return self._words.read_text()

    def is_probed(self, probe: str) -> bool:
        """Whether a probe of the manifest is content at this moment."""
        if "exec" in self.container[probe]:
            asked = self.container[probe]["exec"]["command"]
            here = [word.replace(HEARTBEAT, str(self._heartbeat)) for word in asked]
            return subprocess.run(here, capture_output=True, check=False).returncode == 0
        path = self.container[probe]["httpGet"]["path"]
        try:
            with urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def wait_until_up(self) -> None:
        """Until every probe is content.

        :raises AssertionError: the container ended, or it took too long
        """
        probes = [name for name in ("startupProbe", "readinessProbe", "livenessProbe") if name in self.container]
        assert probes
        for probe in probes:
            self._wait(lambda probe=probe: self.is_probed(probe), probe)

    def _wait(self, is_there: Any, what: str) -> None:
        give_up_at = time.monotonic() + START_SECONDS
        while not is_there():
            assert self._started.poll() is None, f"{self.name} ended: {self.words}"
            assert time.monotonic() < give_up_at, f"{self.name}: no {what}. {self.words}"
            time.sleep(0.1)

    def stop(self) -> None:
        """Ask it to end, as Kubernetes does."""
        self._started.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Wait as long as the pod has. Returns the exit code.

        :raises subprocess.TimeoutExpired: it would have been killed
        """
        return self._started.wait(self.grace_seconds)

    def kill(self) -> None:
        """If it is still there."""
        if self._started.poll() is None:
            self._started.kill()
            self._started.wait()


def run(container: Mapping[str, Any], cluster: Cluster, process: str) -> None:
    """A container that ends by itself.

    :raises AssertionError: it failed
    """
    command = cluster.command(container, process) if process in cluster.ports else container["command"]
    environment = cluster.environment(container)
    done = subprocess.run(
        command, cwd=cluster.image.source, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{container['name']}: {done.stdout}{done.stderr}"


def pods_of(process: str) -> list[Mapping[str, Any]]:
    """One pod of each deployment of a process; all of them wait for the same."""
    pods = [each["spec"]["template"] for each in read(f"{process}.yaml") if each["kind"] == "Deployment"]
    assert all(pod["spec"]["initContainers"] == pods[0]["spec"]["initContainers"] for pod in pods)
    return pods


@contextlib.contextmanager
def started(cluster: Cluster, folder: Path) -> Iterator[list[Running]]:
    """One pod of each deployment of every process."""
    running: list[Running] = []
    try:
        for process in cluster.ports:
            pods = pods_of(process)
            run(pods[0]["spec"]["initContainers"][0], cluster, process)
            running += [Running(pod, cluster, folder) for pod in pods]
        yield running
    finally:
        for pod in running:
            pod.kill()
