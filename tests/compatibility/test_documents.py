"""The documents that are written from the code."""

import re
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.core.management import CommandError, call_command
from jsonschema import Draft7Validator, Draft202012Validator

from storefront.calls.provider import PROVIDERS
from storefront.contracts.sample import messages
from storefront.contracts.snapshot import contract_of, events_of, sagas_of
from storefront.documentation.book import documents, outdated, write
from storefront.documentation.diagram import module_map, saga_diagram
from storefront.documentation.source import knobs, section
from storefront.schedule import JOBS
from storefront.topology import modules_here
from storefront.topology.wiring import Wiring, wiring

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The documents, and what they are written beside, to be spoilt."""
    shutil.copytree(ROOT / "docs/modules", tmp_path / "docs/modules")
    for name in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def asyncapi() -> Any:
    return yaml.safe_load((ROOT / "docs/modules/asyncapi.yaml").read_text())


class TestTheDocuments:
    def test_are_what_the_code_says(self) -> None:
        call_command("modules", "docs", check=True)

    def test_that_were_edited_or_are_of_no_module_are_noticed_and_mended(self, copy: Path) -> None:
        edited = [copy / "README.md", *(copy / "docs/modules" / name for name in ("cart.md", "schemas/cart.json"))]
        for path in edited:
            path.write_text(path.read_text().replace("cart", "trolley"))
        stray = copy / "docs/modules/trolley.md"
        stray.touch()

        assert outdated(copy) == sorted([*edited, stray])
        assert write(copy) == sorted([*edited, stray])
        assert outdated(copy) == []

    def test_differing_fail_the_check(self, copy: Path, settings: Any) -> None:
        settings.BASE_DIR = copy
        (copy / "docs/modules/cart.md").unlink()

        with pytest.raises(CommandError, match="differ from the code"):
            call_command("modules", "docs", check=True)

    def test_leave_out_no_call_refusal_event_table_or_job(self) -> None:
        for module in modules_here():
            text, contract = (ROOT / f"docs/modules/{module}.md").read_text(), contract_of(module)
            names = [f"### {name}\n" for name in contract["face"]["operations"]]
            names += [f"`{name}` " for name in (*contract["refusals"], *contract["events"])]
            names += [f"`{model._meta.db_table}`" for model in apps.get_app_config(module).get_models()]
            names += [f"| `{job}` |" for job in JOBS.get(module, {})]

            assert [name for name in names if name not in text] == []

    def test_link_to_what_exists(self) -> None:
        for path in documents(ROOT):
            targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text()) if path.suffix == ".md" else []

            assert [target for target in targets if not (path.parent / target).exists()] == []


class TestTheMap:
    def test_has_an_arrow_for_each_call_and_each_fact(self) -> None:
        drawn = module_map(modules_here(), wiring())

        assert [f"{a} --> {b}" for a, ends in wiring().calls.items() for b in ends if f"{a} --> {b}" not in drawn] == []
        assert 'inventory -. "AvailabilityChanged" .-> catalog' in drawn

    def test_shows_a_module_that_knows_nobody(self) -> None:
        assert module_map(("alone",), Wiring({}, {})).endswith("    alone\n")

    def test_shows_of_a_saga_its_calls_its_pivot_and_what_is_taken_back(self) -> None:
        drawn = saga_diagram(next(saga for saga in sagas_of("checkout") if saga.__name__ == "PlaceOrder"))

        assert 'step4{{"<b>place the order</b>"}}' in drawn
        assert 'step2["<b>reserve stock</b><br/>inventory.reserve"]' in drawn
        assert "undo3 -.-> undo2" in drawn
        assert 'undo0["cart.thaw"]' in drawn


class TestAsyncApi:
    def test_has_one_sender_per_event_and_whoever_hears_it(self) -> None:
        operations = asyncapi()["operations"]
        sent = [each["channel"]["$ref"] for each in operations.values() if each["action"] == "send"]
        heard = [each["channel"]["$ref"] for each in operations.values() if each["action"] == "receive"]
        events = {event.event_type for module in modules_here() for event in events_of(module)}

        assert sorted(sent) == sorted(f"#/channels/{event}" for event in events)
        assert len(heard) == sum(len(ends) for event, ends in wiring().events.items() if event in events)

    def test_refers_to_what_it_has(self) -> None:
        document = asyncapi()

        for reference in re.findall(r"\$ref': '(#[^']+)'", str(document)):
            found: Any = document
            for part in reference.removeprefix("#/").split("/"):
                found = found[part]

            assert found

    def test_has_schemas_that_the_golden_messages_fit(self) -> None:
        document = asyncapi()
        payloads = {each["name"]: each["payload"] for each in document["components"]["messages"].values()}

        for module in modules_here():
            for message in messages(None, events_of(module)):
                if message.kind == "event":
                    schema = {**payloads[message.of], "components": document["components"]}
                    Draft7Validator.check_schema(schema)
                    Draft7Validator(schema).validate(message.body)


class TestTheSchemas:
    def test_are_schemas(self) -> None:
        for module in modules_here():
            Draft202012Validator.check_schema(contract_of(module))

    def test_fit_the_golden_messages(self) -> None:
        for module in modules_here():
            contract = contract_of(module)
            for message in messages(PROVIDERS[module].face, ()):
                if message.kind in ("request", "answer"):
                    schema = contract["face"]["operations"][message.of.partition(".")[2]][message.kind]
                    Draft202012Validator(schema | {"$defs": contract["$defs"]}).validate(message.body)


class TestTheSource:
    def test_tells_which_settings_and_variables_a_module_reads(self, tmp_path: Path) -> None:
        (tmp_path / "reading.py").write_text(
            'NAME = "BY_CONSTANT"\nprint(settings.PLAIN, getattr(settings, "MAYBE", None), os.environ[NAME])\n'
            'print(os.environ.get("OFTEN"), os.environ.get("OFTEN"), settings.lower, other.PLAIN)\n'
        )
        (tmp_path / "tests").mkdir()
        (tmp_path / "tests/test_reading.py").write_text("print(settings.OF_TESTS)\n")

        assert [(knob.name, knob.is_environment) for knob in knobs(tmp_path)] == [
            ("BY_CONSTANT", True), ("MAYBE", False), ("OFTEN", True), ("PLAIN", False),
        ]

    def test_tells_what_a_readme_says_under_a_title(self) -> None:
        readme = "# Till\n\n**Owns** coins\nand notes.\n\n**Promises** (`interface.py`)\n- Sums.\n\nSettings: none.\n"

        assert [section(readme, title) for title in ("Owns", "Promises", "Never")] == [
            " coins\nand notes.", "\n- Sums.", "",
        ]


class TestTheCommand:
    def test_lists_who_provides_what(self) -> None:
        assert re.search(r"payments +version 1: authorize, capture, void", said("list"))

    def test_draws_the_map(self) -> None:
        assert said("graph") == module_map(modules_here(), wiring())


def said(subcommand: str) -> str:
    out = StringIO()
    call_command("modules", subcommand, stdout=out)
    return out.getvalue()
