"""Which public path belongs to which module: read from the URLconf of a process that has them all."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from storefront.topology import modules_here
from storefront.topology.plan import Process, Topology

INTERNAL = ("/_", "/livez", "/readyz", "/startupz")
"""How the paths begin that are for other processes and for whoever runs them: no gateway leads there."""


class AmbiguousPath(ValueError):
    """Two modules have patterns that no prefix tells apart."""


class Route(NamedTuple):
    """A path, and all below it, to a module."""

    path: str
    """Without a slash at its end, such as /api/v1/carts."""
    module: str
    """Empty for what belongs to no module: the docs, the admin's own pages, static files."""

    def leads(self, path: str) -> bool:
        """Whether `path` is this one or lies below it."""
        return path == self.path or path.startswith(f"{self.path}/")


class Found(NamedTuple):
    """A pattern of the URLconf: what it begins with before any part that varies, and whose it is."""

    segments: tuple[str, ...]
    module: str


def routes() -> list[Route]:
    """The fewest prefixes that lead every public path of this process's URLconf to its module, longest first.

    :raises AmbiguousPath: two modules share a path
    """
    static, media = Found(_segments(settings.STATIC_URL), ""), _segments(settings.MEDIA_URL)
    kept = getattr(settings, "STOREFRONT_MEDIA_MODULE", "")
    found = sorted({static, *(Found(each.segments, kept) if each.segments == media else each for each in patterns())})
    chosen = {route.path: route for route in _shortest(found, 1)}
    needed = [route for route in chosen.values() if _above(route, chosen) != route.module]
    return sorted(needed, key=lambda route: (-len(route.path), route.path))


def patterns() -> Iterator[Found]:
    """Every public pattern of the URLconf."""
    for found in _walked(get_resolver().url_patterns, "", ""):
        if not f"/{'/'.join(found.segments)}".startswith(INTERNAL):
            yield found


def route_of(path: str, known: Iterable[Route]) -> Route | None:
    """The route that leads there, of routes in the order of `routes()`; None where the gateway has nothing."""
    return next((route for route in known if route.leads(path)), None)


def target(route: Route, topology: Topology) -> Process:
    """The process that answers there: that of the module, or where operators sign in for what belongs to none."""
    return topology.provider_of(route.module) or topology.home


def _walked(found: Iterable[Any], prefix: str, module: str) -> Iterator[Found]:
    for entry in found:
        path = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from _walked(entry.url_patterns, path, _module_of(entry) or module)
        elif isinstance(entry, URLPattern):
            segments = _segments(path)
            yield Found(segments, module or _administered(segments))


def _module_of(resolver: URLResolver) -> str:
    name: str = getattr(resolver.urlconf_module, "__name__", "")
    parts = name.split(".")
    return parts[1] if parts[0] == "modules" else ""


def _administered(segments: Sequence[str]) -> str:
    """The module whose admin this is: Django puts it under the name of its app."""
    is_there = len(segments) > 1 and segments[0] == "admin" and segments[1] in modules_here()
    return segments[1] if is_there else ""


def _segments(path: str) -> tuple[str, ...]:
    """The parts of a pattern up to the first one that varies."""
    fixed: list[str] = []
    for part in path.rstrip("$").strip("/").split("/"):
        if not part or any(mark in part for mark in "<(["):
            break
        fixed.append(part.replace("\\", ""))
    return tuple(fixed)


def _shortest(found: Collection[Found], depth: int) -> Iterator[Route]:
    for prefix, grouped in groupby(found, key=lambda each: each.segments[:depth]):
        group, path = list(grouped), f"/{'/'.join(prefix)}"
        if len({each.module for each in group}) == 1:
            yield Route(path, group[0].module)
            continue
        ending = {each.module for each in group if len(each.segments) < depth + 1}
        if len(ending) > 1:
            raise AmbiguousPath(f"{path} would lead to {' and to '.join(sorted(ending))}.")
        yield from (Route(path, module) for module in ending)
        yield from _shortest([each for each in group if len(each.segments) > depth], depth + 1)


def _above(route: Route, chosen: dict[str, Route]) -> str | None:
    """The module that would have this path if the route were not there."""
    path = route.path
    while path := path.rpartition("/")[0]:
        if path in chosen:
            return chosen[path].module
    return None
