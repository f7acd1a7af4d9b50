"""What single variables of the environment may say. The table of a project is its `config/environment.py`."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import NamedTuple

TRUE, FALSE = ("true", "on", "ok", "y", "yes", "1"), ("false", "off", "n", "no", "0")


class Rule(NamedTuple):
    """What a variable has to say, in words that complete "Say ...", and whether a text says it."""

    wanted: str
    fits: Callable[[str], bool]
    is_secret: bool = False
    """Its text may hold a password, and so is never told."""


class Wrong(NamedTuple):
    """A variable that breaks its rule: what it says, and what to do."""

    told: str
    hint: str


def whole(lowest: int, highest: int) -> Rule:
    """A whole number, bounds included."""
    return Rule(
        f"a whole number from {lowest:,} to {highest:,}",
        lambda text: re.fullmatch("[0-9]{1,15}", text) is not None and lowest <= int(text) <= highest,
    )


def number(lowest: float, highest: float) -> Rule:
    """A decimal number, bounds included. No exponent: the reader of the settings would drop its letter."""
    return Rule(
        f"a number from {lowest:,} to {highest:,}",
        lambda text: re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) is not None and lowest <= float(text) <= highest,
    )


def switch() -> Rule:
    """True or false, in the words that the reader of the settings takes for one."""
    return Rule("true or false", lambda text: text.lower() in (*TRUE, *FALSE))


def one_of(*words: str) -> Rule:
    """One of these words, exactly."""
    return Rule(" or ".join(words), lambda text: text in words)


def address(*schemes: str) -> Rule:
    """A URL of one of these schemes."""
    known = tuple(f"{scheme}://" for scheme in schemes)
    return Rule(f"a URL that begins with {' or '.join(known)}", lambda text: text.startswith(known), is_secret=True)


def networks() -> Rule:
    """Networks with commas between."""
    wanted = "networks such as 10.1.0.0/16, with commas between"
    return Rule(wanted, lambda text: all(_is_network(part) for part in text.split(",")))


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def sorted_out(
    environment: Mapping[str, str], rules: Mapping[str, Rule]
) -> tuple[dict[str, str], tuple[Wrong, ...]]:
    """The environment without what breaks a rule, whose defaults stand until the start is refused; and what does.

    An empty variable is one that nobody set.
    """
    ruled = {name: text for name, text in environment.items() if name in rules}
    wrong = {name: text for name, text in ruled.items() if text and not rules[name].fits(text)}
    left_out = {*wrong, *(name for name, text in ruled.items() if not text)}
    sound = {name: text for name, text in environment.items() if name not in left_out}
    return sound, tuple(_said(name, text, rules[name]) for name, text in sorted(wrong.items()))


def _said(name: str, text: str, rule: Rule) -> Wrong:
    told = f"{name} cannot be read." if rule.is_secret else f"{name} is {text!r}."
    return Wrong(told, f"Say {rule.wanted}, or leave it out for its default.")
