"""One image for all tests of a run."""

import pytest

from tests.deploy.image import Image, built


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """What the Dockerfile makes, but for the packages: those of this Python."""
    return built(tmp_path_factory.mktemp("image"))
