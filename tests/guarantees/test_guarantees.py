"""Nothing is promised that no test shows, and docs/guarantees.md says what the tests say."""

from pathlib import Path

import pytest

from tests.guarantees.cells import FAULTS, Cell, cells, dependencies
from tests.guarantees.evidence import Mark, UnreadableMark, by_cell, marked_tests
from tests.guarantees.page import PAGE, blocks, gaps, written


class TestGuarantees:
    def test_have_no_gap(self) -> None:
        assert gaps(marked_tests()) == []

    def test_are_written_down_as_they_are(self) -> None:
        text = PAGE.read_text()

        assert written(text, blocks(marked_tests())) == text, "Run `python -m tests.guarantees`; commit the page."


class TestMatrix:
    def test_has_all_that_a_module_leans_on(self) -> None:
        leant_on = {"payments", "database", "broker"}

        assert {("checkout", one) for one in leant_on} | {("payments", "provider")} <= set(dependencies())
        assert len(cells()) == len(dependencies()) * len(FAULTS)

    def test_grows_with_the_wiring(self, tmp_path: Path) -> None:
        (tmp_path / "config").mkdir()
        wiring = '[calls]\n"gifts" = ["catalog"]\n[events]\n"gifts.sent" = ["cart"]\n'
        (tmp_path / "config" / "wiring.toml").write_text(wiring)
        (tmp_path / "modules" / "gifts").mkdir(parents=True)
        (tmp_path / "modules" / "gifts" / "apps.py").touch()

        assert dependencies(tmp_path) == [
            ("cart", "broker"), ("gifts", "broker"), ("gifts", "catalog"), ("gifts", "database"),
        ]


PLANTED = """
import pytest

pytestmark = pytest.mark.proves("R4")

@pytest.mark.withstands("checkout", "payments", "down")
class TestIt:
    @pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.rival("saleor#543"))])
    def test_holds(self, n): ...
"""


class TestEvidence:
    def test_is_read_from_module_class_function_and_parameter(self, tmp_path: Path) -> None:
        (found,) = marked_tests(planted(tmp_path, PLANTED))

        assert found.name == "tests/test_planted.py::TestIt::test_holds"
        assert set(found.marks) == {
            Mark("proves", ("R4",)), Mark("withstands", ("checkout", "payments", "down")),
            Mark("rival", ("saleor#543",)),
        }
        assert by_cell([found]) == {Cell("checkout", "payments", "down"): [found.name]}

    def test_that_cannot_be_read_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableMark):
            marked_tests(planted(tmp_path, "import pytest\n@pytest.mark.proves(NUMBER)\ndef test_it(): ...\n"))

    def test_of_a_fault_that_is_none_is_refused(self, tmp_path: Path) -> None:
        source = "import pytest\n@pytest.mark.withstands('checkout', 'payments', 'odd')\ndef test_it(): ...\n"

        with pytest.raises(UnreadableMark):
            by_cell(marked_tests(planted(tmp_path, source)))


class TestGaps:
    def test_are_told(self) -> None:
        missing = gaps([])

        assert "R1 is proved by no test." in missing
        assert "No test shows checkout when payments is down." in missing
        assert "No test makes the circumstances of medusa#16569." in missing

    def test_are_names_that_nobody_knows_too(self, tmp_path: Path) -> None:
        source = "import pytest\n@pytest.mark.proves('R99')\n@pytest.mark.rival('nobody#1')\ndef test_it(): ...\n"

        missing = gaps(marked_tests(planted(tmp_path, source)))

        assert any(line.startswith("R99 is no promise") for line in missing)
        assert any(line.startswith("nobody#1 is not in rivals.toml") for line in missing)


def planted(folder: Path, source: str) -> Path:
    """A repository with one test."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_planted.py").write_text(source)
    return folder
