"""What a module can be called, and that nothing is left of one that could not begin."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from storefront.beginning import module as beginning
from storefront.beginning.enrolment import enrolled
from storefront.beginning.module import CouldNotBegin, begin
from storefront.topology.plan import load

REFUSED = [
    ("Loyalty", "no name for a module"),
    ("gift_card", "no name for a module"),
    ("2fa", "no name for a module"),
    ("", "no name for a module"),
    ("cart", "a module cart already"),
    ("lambda", "a word of Python's"),
    ("order", "a word of SQL's"),
    ("default", "a word of SQL's"),
    ("admin", "the label of another app"),
    ("storefront", "the label of another app"),
    ("statistics", "a Python package here"),
    ("django", "a Python package here"),
]


class TestNames:
    @pytest.mark.parametrize(("name", "why"), REFUSED)
    def test_that_mean_something_else_are_refused(self, name: str, why: str) -> None:
        with pytest.raises(CommandError, match=why):
            call_command("startmodule", name)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where a module can begin: the two folders that beginning writes to."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "config" / "topologies").mkdir(parents=True)
    (tmp_path / "config" / "wiring.toml").write_text("[calls]\n")
    (tmp_path / "config" / "topologies" / "monolith.toml").write_text('[processes.shop]\nmodules = ["cart"]\n')
    return tmp_path


class TestBeginning:
    def test_takes_everything_back_if_django_does_not_take_it(self, root: Path) -> None:
        (root / "manage.py").write_text('raise SystemExit("The model is wrong.")')
        before = {path: path.read_text() for path in root.rglob("*.toml")}

        with pytest.raises(CouldNotBegin, match="makemigrations loyalty: The model is wrong"):
            begin("loyalty", root=root)

        assert list((root / "modules").iterdir()) == []
        assert {path: path.read_text() for path in root.rglob("*.toml")} == before

    def test_writes_no_tag_of_its_template(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(beginning, "_manage", lambda *_: None)

        begin("loyalty", root=root)

        written = [path for path in (root / "modules" / "loyalty").rglob("*") if path.is_file()]
        assert {path.suffix for path in written} == {".py", ".md"}
        assert not [path for path in written if "{{" in path.read_text() or "{%" in path.read_text()]


class TestEnrolment:
    def test_joins_the_process_of_most_modules_and_keeps_what_else_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "two.toml"
        path.write_text(
            '# Two.\nevents = "celery"\n\n[processes.money]\nmodules = ["payments"]\nurl = "http://money:8000"\n\n'
            '[processes.shop]  # the rest\nmodules = [\n    "cart",\n    "shipping",\n]\nurl = "http://shop:8000"\n'
        )

        path.write_text(enrolled(path, "loyalty"))

        found = load(str(path), tmp_path)
        assert [process.modules for process in found.processes] == [("payments",), ("cart", "loyalty", "shipping")]
        assert [process.url for process in found.processes] == ["http://money:8000", "http://shop:8000"]
        assert "# the rest" in path.read_text()

    def test_has_a_process_to_itself_where_all_have(self, tmp_path: Path) -> None:
        path = tmp_path / "split.toml"
        path.write_text(
            '[processes.cart]\nmodules = ["cart"]\nurl = "http://127.0.0.1:8101"\nidentity = true\n\n'
            '[processes.shipping]\nmodules = ["shipping"]\nurl = "http://127.0.0.1:8106"\n'
        )

        path.write_text(enrolled(path, "loyalty"))

        found = load(str(path), tmp_path).provider_of("loyalty")
        assert found is not None
        assert (found.modules, found.url) == (("loyalty",), "http://127.0.0.1:8107")
