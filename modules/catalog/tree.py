"""The category tree: an adjacency list whose paths are kept with it."""

from collections.abc import Sequence

from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from modules.catalog.domain import slug_of
from modules.catalog.models import Category, Placement


def ensure_category(names: Sequence[str]) -> Category:
    """The category at the end of these names, from the root; made where it is missing."""
    parent: Category | None = None
    slugs = [slug_of(name) for name in names]
    paths = ["/".join(slugs[: depth + 1]) for depth in range(len(slugs))]
    known = {category.path: category for category in Category.objects.filter(path__in=paths)}
    for name, slug, path in zip(names, slugs, paths, strict=True):
        if path not in known:
            known[path], _ = Category.objects.get_or_create(
                path=path, defaults={"parent": parent, "name": name, "slug": slug}
            )
        parent = known[path]
    if parent is None:
        raise ValueError("A category has at least one name.")
    return parent


def path_of(category: Category) -> str:
    """Where the category stands: its parent's path and its own slug."""
    return f"{category.parent.path}/{category.slug}" if category.parent else category.slug


def move_below(category: Category, *, old_path: str) -> list[str]:
    """Give everything below a renamed or moved category its new path. Returns the products that are concerned."""
    Category.objects.filter(path__startswith=f"{old_path}/").update(
        path=Concat(Value(category.path), Substr(F("path"), len(old_path) + 1))
    )
    return products_below(category)


def products_below(category: Category) -> list[str]:
    """The products in the category and in those below it."""
    placements = Placement.objects.filter(category__path=category.path) | Placement.objects.filter(
        category__path__startswith=f"{category.path}/"
    )
    return sorted(set(placements.values_list("product_id", flat=True)))
