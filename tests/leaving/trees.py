"""Two trees of code, compared line by line."""

from difflib import SequenceMatcher
from pathlib import Path


def differing_lines(inside: Path, outside: Path, *, only: tuple[str, ...] = ()) -> int:
    """Lines that are in one tree and not in the other. only: these names of files, else all."""
    names = {path.relative_to(root) for root in (inside, outside) for path in _files(root, only)}
    return sum(_between(inside / name, outside / name) for name in names)


def _files(root: Path, only: tuple[str, ...]) -> list[Path]:
    paths = (root / name for name in only) if only else root.rglob("*")
    return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]


def _between(one: Path, other: Path) -> int:
    first, second = (path.read_bytes() if path.exists() else b"" for path in (one, other))
    if first == second:
        return 0 if one.exists() == other.exists() else 1
    lines, others = first.splitlines(), second.splitlines()
    same = sum(block.size for block in SequenceMatcher(None, lines, others, autojunk=False).get_matching_blocks())
    return max(len(lines), len(others)) - same or 1
