"""What the README of a module's own project tells: read from the module as it runs here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storefront.calls.provider import PROVIDERS
from storefront.events.event import EVENTS
from storefront.topology.wiring import wiring

VARIABLES = (
    ("DATA_DIR", "where SQLite files, media and the generated secret key lie; `var` by default"),
    ("DATABASE_URL", "PostgreSQL: users and sessions there, the module's tables in a schema of its own"),
    ("{MODULE}_DATABASE_URL", "a database for the module alone"),
    ("SECRET_KEY", "Django's; the same in every process of a shop whose operators sign in once"),
    ("ALLOWED_HOSTS", "the names by which it is reached, the one in the topology file among them"),
    ("STOREFRONT_TOPOLOGY", "the name of a file in `config/topologies/`, or the path of one"),
    ("STOREFRONT_PROCESS", "which process of it this is"),
    ("STOREFRONT_SERVICE_KEYS", "`id:secret`, several between commas; the first signs, all verify; as in the shop"),
    ("STOREFRONT_BROKER_URL", "where facts travel through Celery: `redis://` or `amqp://`"),
    ("STOREFRONT_BACKGROUND", "`thread`, or `none` beside a process of `manage.py relay`"),
    ("HTTPS", "true where it is reached by https only"),
    ("TRUSTED_PROXIES", "how many proxies of ours add to `X-Forwarded-For`"),
    ("LOG_LEVEL", "`INFO` by default"),
)


def facts_of(module: str, *, root: Path) -> Mapping[str, Any]:
    """Calls, facts and settings of a module of this process. root: the folder of `config` and `storefront`."""
    arrows = wiring()
    return {
        "operations": [
            {
                "name": name, "kind": operation.kind, "timeout": f"{operation.timeout:g}",
                "refusals": ", ".join(f"`{refusal.code}`" for refusal in operation.refuses),
            }
            for name, operation in PROVIDERS[module].face.operations.items()
        ],
        "callers": sorted(arrows.callers_of(module)),
        "callees": arrows.calls.get(module, ()),
        "announced": [
            {"type": name, "hearers": arrows.events.get(name, ())}
            for name in sorted(EVENTS) if name.startswith(f"{module}.")
        ],
        "heard": sorted(name for name, hearers in arrows.events.items() if module in hearers),
        "variables": _variables(module, root),
    }


def _variables(module: str, root: Path) -> list[dict[str, str]]:
    """Those that the code reads."""
    sources = (path for folder in ("config", "storefront") for path in (root / folder).rglob("*.py"))
    code = "".join(path.read_text() for path in sources if path != Path(__file__))
    known = [(name.replace("{MODULE}", module.upper()), name, meaning) for name, meaning in VARIABLES]
    return [
        {"name": name, "meaning": meaning}
        for name, written, meaning in known if f'"{written}"' in code or written != name
    ]
