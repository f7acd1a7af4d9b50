"""One shop for all drills of a test process: to build it takes longer than to put it back."""

from collections.abc import Iterator

import pytest

from tests.faults.drill import Drill, drill


@pytest.fixture(scope="session")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """The premises and the process whose children are killed."""
    with drill(tmp_path_factory.mktemp("faults")) as made:
        yield made
