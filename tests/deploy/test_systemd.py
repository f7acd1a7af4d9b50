"""The unit files: what systemd understands, with the commands of every other way to deploy."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storefront.topology.plan import Process, Topology
from storefront.topology.programs import programs_of
from tests.deploy.compose import DEPLOY

UNITS = {path.name: path.read_text() for path in (DEPLOY / "systemd").iterdir()}
BINARIES = "/opt/storefront/.venv/bin"
SHOP = Process("shop", ("payments",), "http://127.0.0.1:8101")


def complaints(folder: Path, units: dict[str, str]) -> str:
    """What systemd says to these units, in a place where their programs are; nothing if all is well."""
    for name, text in units.items():
        (folder / name).write_text(text.replace(BINARIES, str(Path(sys.executable).parent)))
    instances = [str(folder / name.replace("@.", "@payments.")) for name in units]
    for name in units:
        if "@." in name:
            shutil.copy(folder / name, folder / name.replace("@.", "@payments."))
    done = subprocess.run(["systemd-analyze", "verify", *instances], capture_output=True, text=True, check=False)
    return "\n".join(line for line in done.stderr.splitlines() if "storefront" in line)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing: apt-get install systemd")
class TestUnits:
    def test_systemd_understands_them(self, tmp_path: Path) -> None:
        assert complaints(tmp_path, UNITS) == ""

    @pytest.mark.parametrize(
        ("right", "wrong"),
        [("KillMode=mixed", "KilMode=mixed"), ("Type=exec", "Type=exc"), ("/bin/granian", "/bin/graniam")],
    )
    def test_a_planted_mistake_is_found(self, tmp_path: Path, right: str, wrong: str) -> None:
        web = UNITS["storefront-web@.service"]
        assert right in web

        assert complaints(tmp_path, {**UNITS, "storefront-web@.service": web.replace(right, wrong)})


class TestCommands:
    def test_are_those_of_the_other_ways(self) -> None:
        topology = Topology("any", "celery", (SHOP,))

        for program in programs_of(SHOP, topology):
            found = re.search(r"^ExecStart=(.*)$", UNITS[f"storefront-{program.role}@.service"], re.MULTILINE)
            assert found
            words = found[1].replace(f"{BINARIES}/", "").replace("${PORT}", "8000").split()
            wanted = list(program.command)
            if program.role == "web":
                wanted[wanted.index("--host") + 1] = "127.0.0.1"  # nginx is on the same machine
            if program.role == "worker":
                place = wanted.index("-Q")  # all queues of the process; several workers on one machine need a name each
                wanted[place : place + 2] = ["--hostname", "%i@%%h"]
            assert words == wanted
