"""Files that the serving process gives out itself."""

from pathlib import Path
from typing import Any

import pytest

from storefront.rest.tests.asking import Asking, content_of


@pytest.fixture
def shelf(settings: Any, tmp_path: Path) -> Path:
    """The media folder, with a picture, a page and a secret beside it."""
    root = tmp_path / "media"
    root.mkdir()
    settings.MEDIA_ROOT = root
    (root / "red-mug.webp").write_bytes(b"RED-MUG")
    (root / "evil.html").write_text("<script>1</script>")
    (root / ".hidden").write_text("no")
    (tmp_path / "secret.txt").write_text("no")
    (root / "way-out").symlink_to(tmp_path / "secret.txt")
    return root


class TestMedia:
    def test_gives_a_picture_to_keep_for_a_year(self, bakery: Asking, shelf: Path) -> None:
        response = bakery.get("/media/red-mug.webp")

        assert content_of(response) == b"RED-MUG"
        assert response.headers["Content-Type"] == "image/webp"
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"

    def test_is_not_sent_twice(self, bakery: Asking, shelf: Path) -> None:
        first = bakery.get("/media/red-mug.webp")
        content_of(first)

        again = bakery.get("/media/red-mug.webp", if_none_match=first.headers["ETag"])

        assert (again.status_code, again.content) == (304, b"")

    def test_never_lets_an_upload_run_as_a_page(self, bakery: Asking, shelf: Path) -> None:
        response = bakery.get("/media/evil.html")
        content_of(response)

        assert response.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in response.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("name", [
        "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "/etc/passwd", "%2fetc/passwd", "way-out", ".hidden",
        "nothing.webp", "a%00b", "", ".", "red-mug.webp/..", "x/" * 3_000,
    ])
    def test_gives_nothing_else(self, bakery: Asking, shelf: Path, name: str) -> None:
        assert bakery.get(f"/media/{name}").status_code == 404

    def test_is_only_read(self, bakery: Asking, shelf: Path) -> None:
        assert bakery.send("/media/red-mug.webp").status_code == 405


class TestStaticFiles:
    @pytest.mark.parametrize("debug", [True, False])
    def test_are_served_before_anybody_collects_them(self, bakery: Asking, settings: Any, debug: bool) -> None:
        settings.DEBUG = debug

        response = bakery.get("/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css")

        assert len(content_of(response)) > 1_000
        assert response.headers["Content-Type"].startswith("text/css")

    def test_are_served_from_where_they_were_collected(self, bakery: Asking, settings: Any, tmp_path: Path) -> None:
        (tmp_path / "red-mug.css").write_text("mug {}")
        settings.STATIC_ROOT = tmp_path

        response = bakery.get("/static/red-mug.css")

        assert content_of(response) == b"mug {}"
