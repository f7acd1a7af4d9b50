"""Net 3: the ways around a border that an import graph does not show. Run: `python -m storefront.boundaries`."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from storefront.boundaries.source import FACES, Source, Violation, last_name, sources

ASK = "Ask its face: connect(Face)."
_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES|USING)\s+\"?([a-z]+)\"?[._]")


def violations(root: Path) -> list[Violation]:
    """Every crossed border in the tree at `root`, in the order of files and lines."""
    modules = frozenset(path.name for path in (root / "modules").iterdir() if (path / "__init__.py").exists())
    found: list[Violation] = []
    for source in sources(root, "modules", "config", "storefront"):
        found += _in_any(source)
        if source.module:
            found += [violation for rule in RULES for violation in rule(source)]
            found += _foreign_tables(source, modules - {source.module})
    return sorted(found, key=lambda violation: (violation.path, violation.line, violation.rule))


def _in_any(source: Source) -> Iterator[Violation]:
    """B004: a transaction or an `on_commit` that does not say whose database it means."""
    named: set[int] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and "using" in {keyword.arg for keyword in node.keywords}:
            named.add(id(node.func))
        elif isinstance(node, ast.Name | ast.Attribute) and id(node) not in named and _is_of_transaction(node):
            yield source.violation("B004", node, f"{last_name(node)} without using= means `default`; name it.")


def _is_of_transaction(node: ast.Name | ast.Attribute) -> bool:
    if last_name(node) not in {"atomic", "on_commit"} or not isinstance(node.ctx, ast.Load):
        return False
    return isinstance(node, ast.Name) or last_name(node.value) == "transaction"


def _sibling_imports(source: Source) -> Iterator[Violation]:
    """B001: an import of another module's inside, be it in a function or for type checking only."""
    for node, name in source.imports():
        if name[0] != "modules" or (len(name) > 1 and name[1] == source.module):
            continue
        if len(name) < 3 or name[2] not in FACES:
            yield source.violation("B001", node, f"imports {'.'.join(name)}; only interface and events are visible.")


def _plain_faces(source: Source) -> Iterator[Violation]:
    """B002: a face that needs the inside of its own module, or a framework, to be read."""
    if not source.is_face:
        return
    for node, name in source.imports():
        is_inside = name[0] == "modules" and name[2:3] and name[2] not in FACES
        if is_inside or name[0] in {"django", "rest_framework", "celery", "redis", "psycopg", "drf_spectacular"}:
            yield source.violation("B002", node, f"a face imports {'.'.join(name)}; faces are plain Python.")


def _registry(source: Source) -> Iterator[Violation]:
    """B003: another module's model taken from Django's registry."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "all_models":
            yield source.violation("B003", node, f"reads the registry of all models. {ASK}")
        if not (isinstance(node, ast.Call) and last_name(node.func) in {"get_model", "get_app_config"} and node.args):
            continue
        label = (source.text(node.args[0]) or "?").partition(".")[0]
        if label != source.module:
            yield source.violation("B003", node, f"{last_name(node.func)}() of {label!r}. {ASK}")


def _dynamic_imports(source: Source) -> Iterator[Violation]:
    """B005: a module imported by its name as text. A path from the settings is the installer's word, not the code's."""
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and last_name(node.func) in _IMPORT_BY_NAME):
            continue
        for part in ast.walk(node.args[0]) if node.args else ():
            name = source.text(part) if isinstance(part, ast.expr) else None
            if name and name.startswith("modules") and name.split(".")[1:2] != [source.module]:
                yield source.violation("B005", node, f"imports {name!r} by its name; write the import of a face.")


_IMPORT_BY_NAME = frozenset({"import_module", "import_string", "__import__"})


def _databases(source: Source) -> Iterator[Violation]:
    """B006: a connection, cursor or queryset on an alias that is not the module's own."""
    for node, name in source.imports():
        if name == ("django", "db", "connection"):
            yield source.violation("B006", node, "django.db.connection is `default`; use connections[...].")
    for use, given in _aliases(source):
        alias = source.text(given)
        is_of_a_given_connection = isinstance(given, ast.Attribute) and given.attr == "alias"
        if alias != source.module and not is_of_a_given_connection:
            yield source.violation("B006", use, f"uses the database {alias!r}; its own is {source.module!r}.")


def _aliases(source: Source) -> Iterator[tuple[ast.AST, ast.expr]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Subscript) and last_name(node.value) == "connections":
            yield node, node.slice
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in {"using", "db_manager"} and node.args:
                yield node, node.args[0]
            for keyword in node.keywords:
                if keyword.arg == "using" and last_name(node.func) in _TAKE_USING:
                    yield node, keyword.value


_TAKE_USING = frozenset({"atomic", "on_commit", "save", "delete", "refresh_from_db", "get_connection", "savepoint"})


def _foreign_tables(source: Source, others: frozenset[str]) -> Iterator[Violation]:
    """B007: SQL that names a table of another module, which a shared PostgreSQL would even answer."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for table in _TABLE.findall(node.value):
                if table in others:
                    yield source.violation("B007", node, f"SQL on a table of {table}. {ASK}")


RULES: tuple[Callable[[Source], Iterator[Violation]], ...] = (
    _sibling_imports, _plain_faces, _registry, _dynamic_imports, _databases,
)
