"""The compose file as Docker would read it: variables put in, merges done, checked against the specification."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from compose_spec import PyCompose

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}")


def read(text: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """The services of a compose file, each with all its fields.

    :raises ValueError: it is not what the compose specification allows
    """

    def value(found: re.Match[str]) -> str:
        return environment.get(found["name"]) or found["default"] or ""

    merged = yaml.safe_load(_VARIABLE.sub(value, text))
    checked = PyCompose.from_json(json.dumps(merged))
    checked.validate()
    services: dict[str, Any] = json.loads(checked.to_json())["services"]
    return services


def variables(text: str) -> set[str]:
    """The names that have to be given from outside."""
    return {found["name"] for found in _VARIABLE.finditer(text)}
