"""Every process starts as its manifest says, is found ready, does its part of an order, and stops when it is told."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from config import journey
from storefront.topology.plan import load
from storefront.topology.programs import PORT
from tests.deploy.image import Image
from tests.deploy.pods import FOLDER, Cluster, read, run, settings, started
from tests.deploy.test_compose import CERTIFICATES, NGINX_CONF, certify
from tests.faults.premises import premises

PROCESSES = [process.name for process in load(str(FOLDER / "topology.toml"), FOLDER).processes]


@pytest.fixture(scope="module")
def cluster(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Databases of its own, migrated by the job, and a broker."""
    folder = tmp_path_factory.mktemp("cluster")
    ports = {process: free_port() for process in PROCESSES}
    stores = premises(image.files)
    secret = {key: value for key, value in stores.environment.items() if key != "DATA_DIR"}
    try:
        with broker(folder) as url:
            secret |= {
                "SECRET_KEY": "a-key-of-fifty-characters-or-more-that-opens-nothing-0123", "STOREFRONT_BROKER_URL": url,
                "STOREFRONT_SERVICE_KEYS": "today:a-secret-of-nobody,yesterday:another-one",
            }
            made = Cluster(image, settings(image, folder, ports), secret, ports)
            (job,) = (each for each in read("migrate.yaml") if each["kind"] == "Job")
            container = job["spec"]["template"]["spec"]["containers"][0]
            run(container, made, "migrate")
            run({**container, "command": [sys.executable, "manage.py", "seed"]}, made, "migrate")
            yield made
    finally:
        stores.close()


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[str]:
    """A Redis of its own: workers are started the same, whatever the broker."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not is_taken(port):
            assert server.poll() is None
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_taken(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def gateway(cluster: Cluster, folder: Path) -> Iterator[int]:
    """The nginx of the compose file before the pods; yields its port, for https."""
    port = free_port()
    certify(folder)
    text = NGINX_CONF.read_text().replace(CERTIFICATES, str(folder)).replace("listen 8443", f"listen 127.0.0.1:{port}")
    for process, at in cluster.ports.items():
        text = text.replace(f"server {process}:{PORT}", f"server 127.0.0.1:{at}")
    (folder / "nginx.conf").write_text(text)
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not is_taken(port):
            assert server.poll() is None
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


def buy(port: int, folder: Path) -> str:
    """Paste the README's journey. Returns the path of the order, for whoever knows its checkout."""
    (folder / ".curlrc").write_text(f"cacert = {folder / 'fullchain.pem'}\n")
    lines = journey.buying(f"https://127.0.0.1:{port}/api/v1", "RED-MUG-L")
    lines += '\necho "/api/v1/orders/$ORDER?checkout=$CHECKOUT"\n'
    environment = os.environ | {"CURL_HOME": str(folder)}
    done = subprocess.run(["bash", "-c", lines], env=environment, capture_output=True, text=True, check=False)
    assert '"status":"placed"' in done.stdout, done.stdout + done.stderr
    return done.stdout.splitlines()[-1]


def wait_for(words: str, port: int, path: str, folder: Path) -> None:
    """Until the answer there says so.

    :raises AssertionError: it takes longer than a minute
    """
    trusting = ssl.create_default_context(cafile=folder / "fullchain.pem")
    give_up_at = time.monotonic() + 60
    said = ""
    while words not in said:
        assert time.monotonic() < give_up_at, said
        time.sleep(0.3)
        with urlopen(f"https://127.0.0.1:{port}{path}", timeout=30, context=trusting) as answer:
            said = answer.read().decode()


@pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is missing: apt-get install redis-server")
@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is missing: apt-get install nginx-light")
def test_every_process_starts_as_its_manifest_says_they_sell_and_stop(cluster: Cluster, tmp_path: Path) -> None:
    with started(cluster, tmp_path) as pods, gateway(cluster, tmp_path) as port:
        for pod in pods:
            pod.wait_until_up()
        order = buy(port, tmp_path)
        wait_for('"payment_status":"paid"', port, order, tmp_path)
        wait_for('"shp_', port, order, tmp_path)

        for pod in pods:
            pod.stop()

        assert {pod.name: pod.ended() for pod in pods} == {pod.name: 0 for pod in pods}
        assert not [f"{pod.name}: {pod.words}" for pod in pods if " ERROR " in pod.words]
