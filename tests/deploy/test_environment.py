"""A variable of the environment that says what nobody understands is told in a sentence, and nothing serves with it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from config.environment import RULES, rules
from storefront.environment.checks import check_secret_key, refuse_wrong_settings
from storefront.environment.rules import Wrong, sorted_out

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r'env\.(?:int|float|bool)\(\s*"(\w+)"')

WRONG = {
    "DATABASE_POOL": ("-1", "many", "1.5"),
    "DATABASE_POOL_SECONDS": ("0", "-5", "5s"),
    "DATABASE_PREPARE": ("maybe",),
    "DATABASE_URL": ("mysql://shop@db/shop", "shop"),
    "DEBUG": ("release",),
    "HTTPS": ("tru", "https"),
    "LOG_LEVEL": ("info", "TRACE"),
    "PORT": ("0", "65536", "http"),
    "STATEMENT_TIMEOUT_MS": ("5s", "-1"),
    "STOREFRONT_BACKGROUND": ("nonee", "threads"),
    "STOREFRONT_CALLS": ("loopbak",),
    "STOREFRONT_CALLS_KEPT_DAYS": ("-1", "0", "30d", "1000000000"),
    "STOREFRONT_CALLS_SENT": ("0",),
    "STOREFRONT_CALLS_SERVED": ("0",),
    "STOREFRONT_CLAIM_SECONDS": ("-1", "nan"),
    "STOREFRONT_FACTS_KEPT_DAYS": ("-90",),
    "STOREFRONT_INVOICE_YEARS": ("0", "ten"),
    "STOREFRONT_PATIENCE": ("0", "inf", "1e3"),
    "STOREFRONT_QUEUE_MS": ("-100", "0.1"),
    "STOREFRONT_REFUND_LIMIT": ("abc", "-1", "100 EUR", "nan"),
    "STOREFRONT_REQUEST_SECONDS": ("0", "1,5"),
    "STOREFRONT_SAGAS_KEPT_DAYS": ("0",),
    "STOREFRONT_SECOND_FACTOR": ("maybe",),
    "STOREFRONT_WAITERS": ("-1", "few"),
    "THROTTLES": ("offf",),
    "THROTTLE_STORAGE_URL": ("cache:6379",),
    "TRUSTED_PROXIES": ("x", "-1", "true"),
    "WEBHOOK_HTTP_TARGETS": ("http",),
    "WEBHOOK_TARGET_NETWORKS": ("10.1.0.0/33", "10.1.0.1/16", "inside"),
    "WEBHOOK_THREADS": ("-1",),
}


class TestARule:
    @pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
    def test_is_broken_by(self, name: str, text: str) -> None:
        sound, wrong = sorted_out({name: text, "HOME": "/root"}, RULES)

        assert sound == {"HOME": "/root"}
        assert [one.told.partition(" ")[0] for one in wrong] == [name]

    def test_of_each_kind_lets_through_what_fits(self) -> None:
        fitting = {
            "STOREFRONT_CALLS_KEPT_DAYS": "7", "STOREFRONT_REFUND_LIMIT": "99.5", "HTTPS": "True", "THROTTLES": "off",
            "STOREFRONT_BACKGROUND": "none", "DATABASE_URL": "postgres://shop@one:5432,other:5432/shop",
            "WEBHOOK_TARGET_NETWORKS": "10.1.0.0/16,fd00::/8",
        }

        assert sorted_out(fitting, RULES) == (fitting, ())

    def test_takes_an_empty_variable_for_one_that_nobody_set(self) -> None:
        assert sorted_out({"TRUSTED_PROXIES": "", "THROTTLES": "", "SECRET_KEY": ""}, RULES) == ({"SECRET_KEY": ""}, ())

    def test_tells_no_password(self) -> None:
        _, wrong = sorted_out({"PAYMENTS_DATABASE_URL": "mysql://shop:hush@db/shop"}, rules(["payments"]))

        assert [one.told for one in wrong] == ["PAYMENTS_DATABASE_URL cannot be read."]

    def test_stands_for_each_variable_and_is_seen_broken_here(self) -> None:
        read = {name for path in (ROOT / "config").glob("*.py") for name in READ.findall(path.read_text())}

        assert len(read) > 20
        assert read - RULES.keys() == set()
        assert RULES.keys() == WRONG.keys()


class TestAStart:
    def test_with_wrong_variables_is_refused_with_all_of_them(self, tmp_path: Path) -> None:
        told = run(tmp_path, "manage.py", "check", HTTPS="tru", TRUSTED_PROXIES="x", STOREFRONT_CALLS_KEPT_DAYS="-1")

        assert told.count("(storefront.E030)") == 3
        assert "STOREFRONT_CALLS_KEPT_DAYS is '-1'.\n\tHINT: Say a whole number from 1 to 36,500" in told
        assert "Traceback" not in told

    @pytest.mark.parametrize(
        ("wrong", "why"),
        [({"STOREFRONT_TOPOLOGY": "monolit"}, "monolit"), ({"STOREFRONT_PROCESS": "shops"}, "shops")],
    )
    def test_in_no_known_place_is_refused_in_a_sentence(self, wrong: dict[str, str], why: str, tmp_path: Path) -> None:
        told = run(tmp_path, "manage.py", "check", **wrong)

        assert told.startswith("STOREFRONT_TOPOLOGY is '")
        assert f"'{why}'" in told
        assert "Traceback" not in told

    @pytest.mark.parametrize("served", ["config.wsgi", "config.celery"])
    def test_of_what_knows_no_checks_is_refused_too(self, served: str, tmp_path: Path) -> None:
        told = run(tmp_path, "-c", f"import {served}", STOREFRONT_REFUND_LIMIT="abc")

        assert told == (
            "STOREFRONT_REFUND_LIMIT is 'abc'. Say a number from 0 to 1,000,000,000, or leave it out for its default.\n"
        )

    def test_tells_every_wrong_variable_by_the_check(self, settings: Any) -> None:
        settings.STOREFRONT_WRONG_VARIABLES = (Wrong("HTTPS is 'tru'.", "Say true or false."),)

        assert "storefront.E030" in [found.id for found in run_checks(tags=["storefront"])]
        with pytest.raises(SystemExit, match=r"HTTPS is 'tru'\. Say true or false\."):
            refuse_wrong_settings()


class TestADeploymentWithoutASecretKey:
    def test_is_warned_of(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SECRET_KEY", raising=False)

        assert [found.id for found in check_secret_key()] == ["storefront.W030"]

    def test_is_not_one_that_has_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_KEY", "a-key-of-the-environment")

        assert check_secret_key() == []


def run(folder: Path, *words: str, **environment: str) -> str:
    """What Python says to its second channel, in a shop of its own that does not start."""
    told = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "PYTHONWARNINGS": "ignore", **environment}
    done = subprocess.run([sys.executable, *words], cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr
