"""Secrets come from the environment; an embedded shop makes its own once and keeps them beside its data."""

import secrets
from pathlib import Path

import environ


def secret_key(env: environ.Env, data_dir: Path) -> str:
    """Django's secret key: `SECRET_KEY`, else one made at random in `<data_dir>/secret_key`."""
    return env.str("SECRET_KEY", default="") or _kept(data_dir / "secret_key")


def _kept(path: Path) -> str:
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()
