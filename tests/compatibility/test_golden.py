"""What each release promised and said, against the code of today; and what today says, against the last release."""

from typing import Any

import msgspec
import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator, FormatChecker

from storefront import clock
from storefront.calls.provider import PROVIDERS
from storefront.calls.request import unknown_field, written
from storefront.contracts.comparison import broken
from storefront.contracts.release import Release
from storefront.contracts.sample import Message, messages
from storefront.contracts.snapshot import Contract, contract_of, events_of
from storefront.events.event import Envelope, opened
from storefront.interface import REFUSALS, Operation
from tests.compatibility.conftest import todays


def operation_of(message: Message) -> Operation:
    module, _, name = message.of.partition(".")
    return PROVIDERS[module].face.operations[name]


def sent_again(operation: Operation, body: bytes) -> bytes:
    """What a caller of today writes for the arguments of an earlier caller's request."""
    request = operation.request_decoder.decode(body)
    return written(operation, {name: getattr(request, name) for name in operation.names})


def envelope(message: Message) -> Envelope:
    return Envelope(
        id="evt_golden", type=message.of, version=message.version, subject="-", occurred_at=clock.now(),
        payload=msgspec.json.encode(message.body).decode(),
    )


class TestARelease:
    def test_is_broken_by_nothing_that_nobody_intended(self, release: Release) -> None:
        assert broken(release) == []

    def test_has_calls_that_todays_callee_understands_and_todays_caller_writes_alike(self, release: Release) -> None:
        requests = [each for module in todays(release) for each in release.messages(module) if each.kind == "request"]
        bodies = [(operation_of(each), msgspec.json.encode(each.body)) for each in requests]

        assert [sent_again(operation, body) for operation, body in bodies] == [body for _, body in bodies]
        assert {unknown_field(operation, body) for operation, body in bodies} == {""}

    def test_has_answers_and_refusals_that_todays_caller_reads(self, release: Release) -> None:
        for message in (each for module in todays(release) for each in release.messages(module)):
            body = msgspec.json.encode(message.body)
            if message.kind == "answer":
                operation_of(message).answer_decoder.decode(body)
            elif message.kind == "refusal":
                assert str(REFUSALS[message.of](**msgspec.structs.asdict(_facts(message.of, body))))

    def test_has_events_that_todays_consumers_read(self, release: Release) -> None:
        found = [each for module in todays(release) for each in release.messages(module) if each.kind == "event"]

        assert {type(opened(envelope(each))).event_type for each in found} == {each.of for each in found}


def _facts(code: str, body: bytes) -> msgspec.Struct:
    facts: msgspec.Struct = msgspec.json.decode(body, type=REFUSALS[code].Facts)
    return facts


class TestTheLastRelease:
    """Its JSON Schemas stand for its readers: strict where a request comes in, tolerant where an answer is read."""

    def test_reads_todays_answers_refusals_and_events(self, last_release: Release) -> None:
        for module in todays(last_release):
            contract = last_release.contract(module)
            for message in messages(PROVIDERS[module].face, events_of(module)):
                schema = _read_by(contract, message)
                if schema is not None:
                    _validator(contract, schema).validate(message.body)

    def test_understands_todays_calls_that_use_nothing_new(self, last_release: Release) -> None:
        for module in todays(last_release):
            contract = last_release.contract(module)
            for message in messages(PROVIDERS[module].face, ()):
                if message.kind == "request" and (operation := _operation(contract, message)):
                    errors = list(_validator(contract, operation["request"]).iter_errors(message.body))
                    assert [error.message for error in errors if error.validator != "additionalProperties"] == []

    def test_is_kept_in_full(self, last_release: Release) -> None:
        for module in last_release.modules:
            promised = last_release.contract(module)
            said = {(each.kind, each.of) for each in last_release.messages(module)}
            calls = [f"{module}.{name}" for name in promised["face"]["operations"]]
            named = {"request": calls, "answer": calls, "refusal": promised["refusals"], "event": promised["events"]}

            assert said == {(kind, name) for kind, names in named.items() for name in names}


def _operation(contract: Contract, message: Message) -> Any:
    return contract["face"]["operations"].get(message.of.partition(".")[2])


def _read_by(contract: Contract, message: Message) -> Any:
    """The schema by which a process of that release reads the message; None if it never gets it so."""
    if message.kind == "answer":
        operation = _operation(contract, message)
        return operation and operation["answer"]
    if message.kind == "refusal":
        refusal = contract["refusals"].get(message.of)
        return refusal and refusal["facts"]
    event = contract["events"].get(message.of) if message.kind == "event" else None
    return event["payload"] if event and event["version"] == message.version else None


def _validator(contract: Contract, schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema | {"$defs": contract["$defs"]}, format_checker=FormatChecker())


class TestSnapshot:
    def test_is_what_the_code_says_and_the_same_each_time(self, tmp_path: Any) -> None:
        for name in ("1", "2"):
            call_command("modules", "snapshot", release=name, directory=tmp_path)

        first, second = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("1", "2"))
        assert first == second
        assert Release(tmp_path / "1").contract("payments") == contract_of("payments")

    def test_names_the_commit_of_its_sources(self, tmp_path: Any) -> None:
        call_command("modules", "snapshot", release="1", directory=tmp_path, commit="c0ffee")

        assert Release(tmp_path / "1").commit == "c0ffee"

    def test_does_not_forget_a_release_unless_told_to(self, tmp_path: Any) -> None:
        call_command("modules", "snapshot", release="1", directory=tmp_path, commit="c0ffee")

        with pytest.raises(CommandError, match="1 is released"):
            call_command("modules", "snapshot", release="1", directory=tmp_path)
        call_command("modules", "snapshot", release="1", directory=tmp_path, commit="cafe", anew=True)

        assert Release(tmp_path / "1").commit == "cafe"


class TestCompare:
    def test_passes_what_nobody_changed(self, tmp_path: Any) -> None:
        call_command("modules", "snapshot", release="1", directory=tmp_path)

        call_command("modules", "compare", directory=tmp_path)

    def test_tells_a_break_unless_it_is_intended_and_an_intention_that_came_to_nothing(self, tmp_path: Any) -> None:
        call_command("modules", "snapshot", release="1", directory=tmp_path)
        release = Release(tmp_path / "1")
        promised = release.contract("cart")
        promised["face"]["operations"]["thaw"]["timeout"] = 3.0
        release.keep("cart", promised, release.messages("cart"))
        told = "cart.thaw: callers wait 3 s, and get 2 s."

        with pytest.raises(CommandError, match="1 promises are broken"):
            call_command("modules", "compare", directory=tmp_path)
        (release.folder / "intended.toml").write_text(f'"{told}" = "Nobody waits so long."\n"cart: other." = "No."\n')

        assert broken(release) == ["cart: other. It is intended, but not so; take it out of intended.toml."]
