"""The shop's settings with the bank of `python -m benchmarks bystanders` in the place of the sandbox."""

from config.settings import *  # noqa: F403

PAYMENT_PROVIDERS = {"sandbox": "benchmarks.bank.Bank"}
