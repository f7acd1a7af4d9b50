"""Topology files say who runs where; the wiring file says who must be told."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from storefront.topology.plan import BadTopology, load
from storefront.topology.wiring import Wiring, imported_faces, parsed, written

TWO = """
[processes.shop]
modules = ["catalog", "cart"]
url = "http://127.0.0.1:8101/"
[processes.payments]
modules = ["payments"]
url = "http://127.0.0.1:8102"
"""


def topology_of(folder: Path, text: str) -> Path:
    path = folder / "planted.toml"
    path.write_text(text)
    return path


class TestLoad:
    def test_reads_processes_and_where_they_are(self, tmp_path: Path) -> None:
        found = load(str(topology_of(tmp_path, TWO)), tmp_path)

        assert found.modules == ("cart", "catalog", "payments")
        provider = found.provider_of("cart")
        assert provider
        assert (provider.name, provider.url) == ("shop", "http://127.0.0.1:8101")
        assert found.provider_of("shipping") is None

    def test_the_process_that_says_so_owns_identity_else_the_first(self, tmp_path: Path) -> None:
        said = TWO + "identity = true\n"

        assert load(str(topology_of(tmp_path, TWO)), tmp_path).home.name == "shop"
        assert load(str(topology_of(tmp_path, said)), tmp_path).home.name == "payments"

    def test_a_name_is_a_file_of_the_folder(self, tmp_path: Path) -> None:
        topology_of(tmp_path, TWO)
        assert load("planted", tmp_path).name == "planted"

    def test_a_process_must_be_named_where_there_are_several(self, tmp_path: Path) -> None:
        found = load(str(topology_of(tmp_path, TWO)), tmp_path)

        assert found.process("payments").modules == ("payments",)
        with pytest.raises(BadTopology, match="shop, payments"):
            found.process()
        with pytest.raises(BadTopology, match="name one"):
            found.process("shipping")

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            (TWO.replace('"catalog"', '"payments"'), "payments would have two providers"),
            ('[processes.a]\nmodules = ["cart"]\n[processes.b]\nmodules = ["catalog"]\nurl = "y"', "a needs a url"),
            ('[processes.a]\nmodules = "cart"', "array"),
            (TWO.replace('url =', 'identity = true\nurl ='), "shop, payments cannot all own identity"),
            ('colour = "red"', "unknown field"),
            ("events = ", "planted"),
        ],
    )
    def test_what_nobody_could_start_is_refused(self, tmp_path: Path, text: str, complaint: str) -> None:
        with pytest.raises(BadTopology, match=complaint):
            load(str(topology_of(tmp_path, text)), tmp_path)

    def test_an_unknown_name_is_answered_with_the_known_ones(self, tmp_path: Path) -> None:
        topology_of(tmp_path, TWO)
        with pytest.raises(BadTopology, match="there are planted"):
            load("moonlith", tmp_path)


class TestWiring:
    def test_is_read_as_it_was_written(self) -> None:
        wiring = Wiring({"cart": ("catalog",), "checkout": ("cart", "catalog")}, {"catalog.changed": ("cart",)})

        assert parsed(written(wiring)) == wiring
        assert wiring.callers_of("catalog") == {"cart", "checkout"}

    def test_imports_of_faces_are_found_however_they_are_written(self, tmp_path: Path) -> None:
        module = tmp_path / "cart"
        (module / "tests").mkdir(parents=True)
        (module / "one.py").write_text("from modules.catalog.interface import A\nfrom modules.cart.interface import B")
        (module / "two.py").write_text("def late():\n    from modules.inventory import interface")
        (module / "three.py").write_text("import modules.shipping.events")
        (module / "tests" / "four.py").write_text("from modules.payments.interface import Payments")

        assert imported_faces(module) == {"catalog", "inventory"}

    def test_the_file_is_as_the_code_says(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("topology", "wiring", "--check")

    def test_a_file_that_differs_is_caught(self, tmp_path: Path, settings: object) -> None:
        planted = tmp_path / "wiring.toml"
        planted.write_text("[calls]\n")
        settings.STOREFRONT_WIRING = planted  # type: ignore[attr-defined]

        with pytest.raises(CommandError, match="differs from the code"):
            call_command("topology", "wiring", "--check")
