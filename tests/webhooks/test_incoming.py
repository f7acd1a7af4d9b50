"""Thousands of webhooks, genuine and forged, in no order: none that is forged is believed, and all that is true is.

`WEBHOOKS=10000` sends more, `WEBHOOK_SEED` others.
"""

import hmac
import os
from collections import Counter
from random import Random
from typing import Any

import pytest

from modules.payments import webhooks
from modules.payments.models import WebhookReceipt
from storefront.testing.world import World
from tests.webhooks.forgeries import FORGERIES
from tests.webhooks.senders import SENDERS, Letter, Sender, in_rotation, letter, secret, signed

COUNT = int(os.environ.get("WEBHOOKS", "2000"))
SEED = int(os.environ.get("WEBHOOK_SEED", "20260101"))
EACH = COUNT // len(SENDERS)
GENUINE_PART = 3
"""One of so many is genuine, and each of those comes one to three times."""


@pytest.fixture(params=sorted(SENDERS))
def sender(request: pytest.FixtureRequest, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    with in_rotation(settings, monkeypatch):
        yield SENDERS[request.param](world)


def other_than(sender: Sender) -> Sender:
    return SENDERS["carrier" if sender.name == "bank" else "bank"](sender.world)


def forge(sender: Sender, kind: str, basis: Letter, chance: Random) -> int:
    made = FORGERIES[kind](sender, basis, chance)
    target = other_than(sender) if made.to_another else sender
    return int(target.post(made.body, made.headers).status_code)


@pytest.mark.proves("R13", "S12")
class TestManyWebhooks:
    def test_of_which_most_are_forged_leave_the_senders_truth(self, sender: Sender) -> None:
        chance = Random(SEED)
        genuine = sender.letters(EACH // GENUINE_PART // 2, chance)
        stream: list[tuple[str, Letter]] = [
            ("genuine", each) for each in genuine for _ in range(chance.randint(1, 3))
        ]
        while len(stream) < EACH:
            stream.append((chance.choice(sorted(FORGERIES)), chance.choice(genuine)))
        chance.shuffle(stream)

        answers: Counter[tuple[str, int]] = Counter()
        for kind, basis in stream:
            is_genuine = kind == "genuine"
            status = (
                sender.deliver(basis, by=chance.choice((sender.new, sender.old))) if is_genuine
                else forge(sender, kind, basis, chance)
            )
            answers[kind, status] += 1
        sender.world.settle()

        accepted = {kind: count for (kind, status), count in answers.items() if kind != "genuine" and status < 400}
        assert accepted == {}, f"WEBHOOK_SEED={SEED}"
        assert {status for kind, status in answers if kind == "genuine"} == {200}
        assert {status for kind, status in answers if kind != "genuine"} == {400, 413}
        assert {kind for kind, _ in answers} == {"genuine", *FORGERIES}
        assert sorted(sender.stored()) == sorted(each.event_id for each in genuine)
        assert sender.ours() == sender.theirs(), f"WEBHOOK_SEED={SEED}"

    def test_that_come_days_late_and_backwards_leave_it_too(self, sender: Sender) -> None:
        genuine = sender.letters(60, Random(SEED + 1))
        early = genuine[::2]
        for each in reversed(early):
            assert sender.deliver(each) == 200
        sender.world.settle()

        sender.world.clock.advance(days=3)
        for each in reversed(genuine):
            assert sender.deliver(each) == 200
        sender.world.settle()

        assert sorted(sender.stored()) == sorted(each.event_id for each in genuine)
        assert sender.ours() == sender.theirs()


@pytest.mark.proves("S12")
class TestOneForgery:
    @pytest.mark.parametrize("kind", sorted(FORGERIES))
    def test_is_refused_and_leaves_no_trace(self, sender: Sender, kind: str) -> None:
        basis = sender.letters(1, Random(SEED))[0]
        before = sender.ours()

        statuses = {forge(sender, kind, basis, Random(seed)) for seed in range(5)}
        sender.world.settle()

        assert statuses == ({413} if kind == "oversized" else {400})
        assert sender.stored() == []
        assert sender.ours() == before

    def test_is_told_apart_in_constant_time_over_the_raw_bytes(
        self, sender: Sender, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        basis, compared = sender.letters(1, Random(SEED))[0], []
        genuine = hmac.compare_digest

        def noted(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return genuine(one, other)

        monkeypatch.setattr("standardwebhooks.webhooks.hmac.compare_digest", noted)
        forge(sender, "by_a_guessed_secret", basis, Random(SEED))

        assert len(compared) == 2, "each of the two secrets that hold is tried"
        assert all(len(one) == len(other) == 32 for one, other in compared)

    def test_is_what_the_suite_would_see_if_signatures_were_not_looked_at(
        self, sender: Sender, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        basis = sender.letters(1, Random(SEED))[0]
        monkeypatch.setattr("standardwebhooks.webhooks.hmac.compare_digest", lambda *_: True)

        assert forge(sender, "by_a_guessed_secret", basis, Random(SEED)) == 200


@pytest.mark.proves("R13")
class TestAGenuineWebhook:
    @pytest.mark.parametrize("age", ["new", "old"])
    def test_is_taken_by_either_secret_of_a_rotation(self, sender: Sender, age: str) -> None:
        assert sender.deliver(sender.letters(1, Random(SEED))[0], by=f"{sender.name} {age}") == 200

    def test_of_an_unknown_type_is_kept_and_logged(self, sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
        strange = Letter("evt_strange", b'{"type": "something.sparkled", "data": {"glitter": true}}')

        assert sender.deliver(strange) == 200
        sender.world.settle()

        assert sender.stored() == ["evt_strange"]
        assert any(record.levelname == "WARNING" for record in caplog.records)

    def test_is_kept_once_however_often_it_comes(self, sender: Sender) -> None:
        basis = sender.letters(1, Random(SEED))[0]

        assert {sender.deliver(basis) for _ in range(20)} == {200}
        assert sender.stored() == [basis.event_id]


@pytest.mark.proves("S14")
class TestOneIdForTwoWebhooks:
    def test_keeps_the_first_and_raises_an_alarm(self, sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
        one, other = sender.letters(2, Random(SEED))[:2]
        sender.deliver(one)

        status = sender.deliver(Letter(one.event_id, other.body))

        assert status == 200
        assert sender.stored() == [one.event_id]
        assert [record for record in caplog.records if "under one id" in record.message and record.levelname == "ERROR"]

    def test_of_great_length_stay_apart(self, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        with in_rotation(settings, monkeypatch):
            bank = SENDERS["bank"](world)
            for end in "ab":
                strange = Letter("evt_" + "x" * 200 + end, letter("payment.sparkled").body)
                assert bank.post(strange.body, signed(strange, secret(bank.new))).status_code == 200

        assert WebhookReceipt.objects.count() == 2
        assert {webhooks.state_of(row) for row in WebhookReceipt.objects.all()} == {"waiting"}
