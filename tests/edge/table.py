"""docs/security-matrix.md: the policy as a table. `python -m tests.edge.table` writes it."""

from pathlib import Path

from tests.edge.policy import OTHERS, POLICY, Right

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security-matrix.md"

_INTRO = """\
# Who may do what

Made by `python -m tests.edge.table` from `tests/edge/policy.py`. `tests/edge/test_authorization.py` asks every route as
everybody in the head of the table, and more: a key for each single scope, keys that are revoked, unknown or of another
secret, sessions of a customer, of staff without and with all rights and of a superuser. Each cell is the status that
was asked for and found. Who is refused has changed no row of any table, and is told nothing of what there is. A route
that has no row here fails the tests, and so does a scope that the OpenAPI document does not name.

Shopper A holds the secret ids (130 random bits) of a cart, a checkout and an order's checkout. Shopper B has things of
the same kind, and tries A's under every other id that can be seen. Another method than a path has is 405 for
everybody, with `X-HTTP-Method-Override` or without. The API reads no cookie: a session opens nothing.

| Operation | Open to | guest | shopper A | shopper B | key with the scope | key without | wrong key | staff session |
|---|---|---|---|---|---|---|---|---|
"""
_OTHERS = """
## Outside the OpenAPI document

The same for everybody who has no service key and does not know the id in the path. Pages of the admin have tests of
their own in `tests/edge/test_backoffice.py`: nobody and customers see none, staff see only what they have rights to,
and who may only look changes nothing by any page or action.

| Route | |
|---|---|
"""


def rendered() -> str:
    """The whole document."""
    lines = [f"| `{name}` | {right} | {' | '.join(map(str, _cells(right)))} |" for name, right in POLICY.items()]
    told = {route: ", ".join(f"{method} {status}" for method, status in answers) for route, answers in OTHERS.items()}
    others = [f"| `{route}` | {answers} |" for route, answers in told.items()]
    return "\n".join([_INTRO + "\n".join(lines), _OTHERS + "\n".join(others), ""])


def _cells(right: Right) -> list[object]:
    from tests.edge.principals import Principal  # needs Django

    people = [
        Principal("guest", ()), Principal("shopper A", (), is_holder=True), Principal("shopper B", ()),
        Principal("with", (), scopes=frozenset({right.scope})), Principal("without", (), scopes=frozenset({"other"})),
        Principal("wrong", (), is_known=False), Principal("staff", ()),
    ]
    return [person.told(right) if person.name != "with" or right.scope else "" for person in people]


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    DOCUMENT.write_text(rendered())
