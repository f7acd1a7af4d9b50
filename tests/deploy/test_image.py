"""The image: linted, without secrets, and made of enough to start."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from storefront.topology.programs import served
from tests.deploy.compose import DEPLOY
from tests.deploy.image import Image

DOCKERFILE = DEPLOY / "Dockerfile"
TEXT = DOCKERFILE.read_text()
HADOLINT = Path(sys.executable).with_name("hadolint")


def complaints(path: Path) -> str:
    """What the linter says; nothing if all is well."""
    done = subprocess.run([HADOLINT, "--no-color", path], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


class TestDockerfile:
    def test_the_linter_has_nothing_to_say(self) -> None:
        assert complaints(DOCKERFILE) == ""

    @pytest.mark.parametrize(
        ("right", "wrong", "rule"),
        [
            ("python:3.11.14-slim-bookworm", "python:latest", "DL3007"),
            ("WORKDIR /srv/storefront", "WORKDIR srv/storefront", "DL3000"),
            ("USER 10001:10001", "USER root", "DL3002"),
        ],
    )
    def test_a_planted_mistake_is_found(self, tmp_path: Path, right: str, wrong: str, rule: str) -> None:
        planted = tmp_path / "Dockerfile"
        planted.write_text(TEXT.replace(right, wrong))

        assert rule in complaints(planted)

    def test_serves_unless_it_is_told_otherwise(self) -> None:
        quoted = ", ".join(f'"{word}"' for word in served())

        assert TEXT.rstrip().endswith(f"CMD [{quoted}]")

    def test_bases_are_one_and_the_same(self) -> None:
        assert len(set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE))) == 1

    def test_what_stays_in_it_was_made_with_a_key_that_is_thrown_away(self) -> None:
        making, kept = TEXT.split("\nFROM ")[1:]

        assert "SECRET_KEY=collecting" in making
        assert "SECRET_KEY" not in kept
        assert "/var/lib/storefront/secret_key" not in TEXT


class TestContents:
    def test_pages_and_documents_are_in_it_and_no_secret_or_data_is(self, image: Image) -> None:
        assert image.made == {"static", "media", "openapi.json"}
        assert (image.files / "static" / "unfold").is_dir()

    def test_tests_stay_outside(self, image: Image) -> None:
        assert not list(image.source.rglob("tests"))
        assert {path.name for path in image.source.iterdir()} == {"config", "manage.py", "modules", "storefront"}

    def test_what_is_kept_of_the_first_stage_is_there(self) -> None:
        kept = re.findall(r"^COPY --from=build (?:--chown=\S+ )?/var/lib/storefront/(\S+) ", TEXT, re.MULTILINE)

        assert sorted(kept) == ["media", "openapi.json", "static"]
