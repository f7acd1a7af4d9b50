"""Lists that commands print."""

from collections.abc import Iterable

from django.core.management.base import OutputWrapper


def tell_each(out: OutputWrapper, lines: Iterable[str]) -> None:
    """A line each; where there are none, that: silence could be a command that looked nowhere."""
    has_any = False
    for line in lines:
        out.write(line)
        has_any = True
    if not has_any:
        out.write("None.")
