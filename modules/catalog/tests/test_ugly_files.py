"""Whatever a file holds, the importer answers with problems, never with an error, and never with half a product."""

import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.catalog.audit import audit
from modules.catalog.importing.problem import FileRejected
from modules.catalog.models import Price, Product, Variant
from modules.catalog.tests.files import COLUMNS, Warehouse, load_text, row, text_of
from storefront.testing.world import World

UGLY = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e400",
            "NaN",
            "Infinity",
            "14,00",
            "1_000",
            "٣",
            "true",
            "FALSE",
            "Default Title",
            "Title",
            "Size",
            "S",
            "s",
            "L",
            "RED-MUG",
            "=1+1",
            "<script>",
            "a > b > c",
            "colour:red",
            "\ufeff",
            "'; DROP TABLE catalog_product;--",
            "../../etc/passwd",
            "http://127.0.0.1/",
            "x" * 300,
            "9" * 30,
            "🫖",
            "\u202e",
            "%s",
            "\\N",
        ]
    ),
    st.text(max_size=12),
    st.integers().map(str),
    st.floats().map(str),
    st.decimals(allow_nan=True).map(str),
)
GOOD = st.fixed_dictionaries(
    {
        "Handle": st.sampled_from(["red-mug", "blue-mug", "Red Mug", "杯"]),
        "Title": st.sampled_from(["Mug", "", "Cup"]),
        "Variant Price": st.sampled_from(["14", "0.50", ""]),
        "Option1 Name": st.sampled_from(["Size", "Title", ""]),
        "Option1 Value": st.sampled_from(["S", "L", "Default Title", ""]),
        "Variant SKU": st.sampled_from(["", "MUG", "CUP"]),
    }
)
ROWS = st.lists(
    st.builds(lambda good, ugly: good | ugly, GOOD, st.dictionaries(st.sampled_from(COLUMNS), UGLY, max_size=4)),
    max_size=8,
)


class TestUglyFiles:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(rows=ROWS, mark=st.sampled_from([b"", b"\xef\xbb\xbf"]), newline=st.sampled_from(["\r\n", "\n"]))
    def test_of_any_cells_end_in_whole_products_or_problems(
        self, world: World, rows: list[dict[str, str]], mark: bytes, newline: str
    ) -> None:
        Product.objects.all().delete()
        Warehouse(world)
        text = text_of(*rows, lineterminator=newline).encode(errors="surrogatepass")

        with tempfile.TemporaryDirectory() as folder:
            report, done = load_text(Path(folder), mark + text, location="BER")
            again, _ = load_text(Path(folder), mark + text, location="BER")

        for product in done:
            assert (product.outcome == "failed") == any(problem.is_error for problem in product.problems)
        assert report.created == Product.objects.count()
        assert again.unchanged == report.created
        for stored in Product.objects.all():
            assert stored.variants.exists()
            assert Price.objects.filter(variant__product=stored).count() >= stored.variants.count()
        assert list(audit()) == []

    @pytest.mark.proves("S10")
    def test_of_a_million_columns_is_turned_away_at_once(self, world: World, tmp_path: Path) -> None:
        content = ",".join(f"column {number}" for number in range(1_000_000)).encode()
        began = time.thread_time()

        with pytest.raises(FileRejected, match="1000000 columns"):
            load_text(tmp_path, content, location="BER")

        assert time.thread_time() - began < 5

    @pytest.mark.proves("S10")
    def test_of_numbers_that_would_fill_the_memory_is_told_of(self, world: World, tmp_path: Path) -> None:
        for number in ("1e999999999", "1e99999", "9" * 100_000, "1e-999999999"):
            began = time.thread_time()
            load_text(tmp_path, text_of(row(title="Red mug", variant_price=number)).encode(), location="BER")

            assert time.thread_time() - began < 5
        assert not Product.objects.exists()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(content=st.binary(max_size=400), after_header=st.booleans())
    def test_of_any_bytes_are_told_of(self, world: World, content: bytes, after_header: bool) -> None:
        Warehouse(world)
        header = text_of().encode() if after_header else b""

        with tempfile.TemporaryDirectory() as folder, suppress(FileRejected):
            load_text(Path(folder), header + content, location="BER")

        assert list(audit()) == []

    @pytest.mark.parametrize("rows", [3_000])
    def test_a_product_without_end_is_refused_in_bounded_memory(self, world: World, tmp_path: Path, rows: int) -> None:
        endless = (
            {
                "Handle": "red-mug",
                "Title": "Red mug",
                "Variant Price": "1",
                "Option1 Name": "No",
                "Option1 Value": str(number),
            }
            for number in range(rows)
        )

        report, _ = load_text(tmp_path, text_of(*endless))

        assert (report.failed, Variant.objects.count()) == (1, 0)
