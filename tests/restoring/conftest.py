"""Three shops: on files, in one PostgreSQL database, and in a database for each module. A backup after each chapter."""

import os
from collections.abc import Iterator

import pytest

from tests.restoring.premises import KINDS, Premises, premises


@pytest.fixture(
    params=[pytest.param(kind, marks=() if kind == "files" else pytest.mark.postgresql) for kind in KINDS]
)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """An empty one."""
    folder = tmp_path_factory.mktemp("restoring") / f"{request.param}_{os.getpid()}"
    with premises(folder, request.param) as made:
        yield made
