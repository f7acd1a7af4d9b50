"""Secrets come from the environment; an embedded shop makes its own once and keeps them beside its data."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

import environ


def secret_key(env: environ.Env, data_dir: Path) -> str:
    """Django's secret key: `SECRET_KEY`, else one made at random in `<data_dir>/secret_key`."""
    return env.str("SECRET_KEY", default="") or _kept(data_dir / "secret_key")


def _kept(path: Path) -> str:
    """Whole or not there, whoever reads it at this moment; of several processes that make one, the first one counts."""
    if not path.exists():
        made = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):
            os.link(made, path)
        made.unlink()
    return path.read_text()
