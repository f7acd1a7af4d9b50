"""What production installs is what was tested, to the byte; and whoever runs it can say what is in it."""

import json
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.deploy.compose import DEPLOY
from tests.deploy.supply import BILL, LOCK, PINS, ROOT, Bill, completed, direct, hashes, joined, normal, pins

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
SEALED = ("--require-hashes", "--no-deps", "--only-binary :all:", "requirements.lock")
"""How production installs: these files, all that they name, and nothing that has to be built."""
RELEASE = ROOT / "requirements-release.txt"


def disagreements(lock: str, requirements: str) -> list[str]:
    """What one of both files says and the other does not.

    :raises ValueError: a line of either is no pin, or has no hash
    """
    pinned = {f"{name}=={version}" for name, version in pins(requirements).items()}
    return sorted(pinned ^ set(hashes(lock)))


def unsealed(text: str) -> list[str]:
    """The commands in a text that install packages in another way than with hashes."""
    found = re.findall(r"pip\S* (?:--python \S+ )?install [^\n&`]*", text)
    return [command for command in found if not all(word in command for word in SEALED)]


def unlisted(bill: Bill, requirements: str) -> list[str]:
    """The pins that the bill does not name with version, address and licence, and what it names besides."""
    told = {
        normal(each["name"]): each["version"] for each in bill["components"]
        if each.get("licenses") and each.get("purl") == f"pkg:pypi/{normal(each['name'])}@{each['version']}"
    }
    wanted = pins(requirements)
    besides = {normal(each["name"]) for each in bill["components"]} - set(wanted)
    return sorted({name for name, version in wanted.items() if told.get(name) != version} | besides)


@pytest.mark.proves("S22")
class TestLock:
    def test_holds_what_the_tests_run_on(self) -> None:
        assert disagreements(LOCK.read_text(), PINS.read_text()) == [], "Run make lock."

    @pytest.mark.parametrize(
        ("found", "planted", "named"),
        [
            (r"^django==5\.2\.\d+", "django==5.2.0", "django==5.2.0"),
            (r"^idna==\S+ \\\n(?:.*\\\n)*.*\n", "", "idna"),
            (r"^six==", "seven==1 --hash=sha256:" + "0" * 64 + "\nsix==", "seven==1"),
        ],
    )
    def test_is_seen_to_differ(self, found: str, planted: str, named: str) -> None:
        lock, count = re.subn(found, planted, LOCK.read_text(), flags=re.MULTILINE)

        assert count == 1
        assert any(each.startswith(named) for each in disagreements(lock, PINS.read_text()))

    @pytest.mark.parametrize(
        "planted",
        [
            "django==5.2.19", "django>=5 --hash=sha256:" + "0" * 64, "django==5.2.19 --hash=md5:" + "0" * 32,
            "django==5.2.19 --hash=sha256:0", "--extra-index-url https://index.example/simple",
            "django @ https://files.example/django.whl --hash=sha256:" + "0" * 64,
        ],
    )
    def test_a_line_that_would_admit_another_file_is_refused(self, planted: str) -> None:
        with pytest.raises(ValueError, match="make lock"):
            hashes(f"{LOCK.read_text()}{planted}\n")

    @pytest.mark.parametrize("planted", ["django", "django>=5", "django==5.*", "-e git+https://git.example/django"])
    def test_a_requirement_without_a_version_is_refused(self, planted: str) -> None:
        with pytest.raises(ValueError, match="NAME==VERSION"):
            disagreements(LOCK.read_text(), f"{PINS.read_text()}{planted}\n")

    def test_is_written_and_audited_by_pinned_tools(self) -> None:
        assert {"uv", "cyclonedx-bom", "pip-audit"} <= set(pins(RELEASE.read_text()))


@pytest.mark.proves("S22")
class TestInstalling:
    def test_the_image_takes_files_of_the_lock_only(self) -> None:
        assert "pip --python /opt/venv/bin/python install " in DOCKERFILE
        assert unsealed(DOCKERFILE) == []
        assert "!requirements.lock" in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()

    def test_so_does_whoever_follows_the_documents(self) -> None:
        assert unsealed((ROOT / "docs" / "production.md").read_text()) == []

    @pytest.mark.parametrize("lacking", SEALED)
    def test_another_way_is_found(self, lacking: str) -> None:
        assert len(unsealed(DOCKERFILE.replace(lacking, ""))) == 1

    def test_a_file_that_was_changed_is_refused_by_these_commands(self, tmp_path: Path) -> None:
        wheel = wheel_of_nothing(tmp_path)
        (tmp_path / "lock").write_text(f"nothing==1.0 --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n")

        as_locked = installed(tmp_path)
        with ZipFile(wheel, "a") as archive:
            archive.writestr("planted.py", "")
        changed = installed(tmp_path)

        assert as_locked.returncode == 0, as_locked.stderr
        assert changed.returncode != 0
        assert "DO NOT MATCH THE HASHES" in changed.stderr

    def test_what_runs_can_install_nothing_more(self) -> None:
        making, kept = DOCKERFILE.split("\nFROM ")[1:]

        assert "venv --without-pip" in making
        assert "pip uninstall --yes --quiet pip" in kept
        assert "-perm /6000 -exec chmod a-s" in kept


def wheel_of_nothing(folder: Path) -> Path:
    """A package that can be installed, and does nothing."""
    wheel = folder / "nothing-1.0-py3-none-any.whl"
    parts = {
        "nothing.py": "", "nothing-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: nothing\nVersion: 1.0\n",
        "nothing-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in parts.items():
        sealed = urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
        record += f"{name},sha256={sealed},{len(text)}\n"
    with ZipFile(wheel, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        archive.writestr("nothing-1.0.dist-info/RECORD", f"{record}nothing-1.0.dist-info/RECORD,,\n")
    return wheel


def installed(folder: Path) -> "subprocess.CompletedProcess[str]":
    """What the image's command says to the lock of this folder, with its wheels for an index."""
    words = DOCKERFILE.partition("pip --python /opt/venv/bin/python ")[2].partition("\n")[0].split()[:-1]
    here = ["--no-index", "--find-links", str(folder), "--target", str(folder / "there"), "--upgrade", "--no-cache-dir"]
    command = [sys.executable, "-m", "pip", "--isolated", *words, str(folder / "lock"), *here]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.proves("S22")
class TestBillOfMaterials:
    def test_names_every_pin_with_its_version_licence_and_address(self) -> None:
        bill = json.loads(BILL.read_text())

        assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
        assert unlisted(bill, PINS.read_text()) == [], "Run make sbom."

    def test_has_the_shop_at_its_root(self) -> None:
        bill = json.loads(BILL.read_text())
        root = bill["metadata"]["component"]
        (needed,) = (each["dependsOn"] for each in bill["dependencies"] if each["ref"] == root["bom-ref"])

        assert root["name"] == "storefront"
        assert sorted(normal(each.partition("==")[0]) for each in needed) == sorted(direct(PINS.read_text()))

    @pytest.mark.parametrize(
        ("field", "planted"), [("version", "0.1"), ("licenses", []), ("purl", "pkg:pypi/other@1"), ("name", "other")]
    )
    def test_what_it_lacks_is_named(self, field: str, planted: object) -> None:
        bill = deepcopy(json.loads(BILL.read_text()))
        (django,) = (each for each in bill["components"] if normal(each["name"]) == "django")
        django[field] = planted

        assert "django" in unlisted(bill, PINS.read_text())

    def test_a_licence_without_a_short_name_is_told_in_the_packages_words(self) -> None:
        plain, said = {"name": "Plain.Words", "version": "1"}, {"name": "said", "version": "2", "licenses": ["MIT"]}

        bill = completed({"components": [plain, said]}, licences={"plain-words": "As you like", "said": "other"})

        assert bill["components"][0]["licenses"][0]["license"]["name"] == "As you like"
        assert bill["components"][1]["licenses"] == ["MIT"]

    def test_joining_twice_changes_nothing(self) -> None:
        bill = json.loads(BILL.read_text())

        assert joined(deepcopy(bill), direct(PINS.read_text())) == bill
