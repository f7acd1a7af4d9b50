"""The rows of one handle as one product, and everything that is wrong with them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from modules.catalog.domain import ATTRIBUTE_TAG
from modules.catalog.importing.cells import Unreadable, bounded, truth
from modules.catalog.importing.problem import Problem
from modules.catalog.importing.table import Group, Row
from modules.catalog.importing.variant import OPTION_VALUES, Stock, read_variant
from modules.catalog.interface import AttributeInput, ImageInput, ProductInput, VariantInput

MOST_VARIANTS = 250
LONGEST_DESCRIPTION = 60_000
DEEPEST_CATEGORY = 8
STATUSES = ("draft", "active", "archived")

T = TypeVar("T")


@dataclass
class Draft:
    """What was read of a product: itself, unless something keeps it out, its stock, and the problems."""

    handle: str
    line: int
    problems: list[Problem] = field(default_factory=list)
    product: ProductInput | None = None
    stock: list[Stock] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """SKU -> its line."""

    def attempt(self, row: Row, read: Callable[..., T], *arguments: Any, **options: Any) -> T | None:
        """Read a cell; what cannot be read is noted with its line."""
        try:
            return read(*arguments, **options)
        except Unreadable as unreadable:
            self.note(row.line, unreadable.code, str(unreadable))
            return None

    def note(self, line: int, code: str, detail: str, *, is_error: bool = True) -> None:
        """Remember a problem."""
        self.problems.append(Problem(line, self.handle, code, detail, is_error))

    @property
    def is_rejected(self) -> bool:
        return any(problem.is_error for problem in self.problems)


def read_product(group: Group, *, currency: str) -> Draft:
    """A product with all its problems, not only the first. currency: of the column `Variant Price`."""
    draft = Draft(group.handle, group.line, list(group.problems))
    if not group.rows:
        return draft
    first = group.rows[0]
    variants = _variants(draft, group, currency=currency)
    facts = _facts(draft, first)
    if draft.is_rejected:
        return draft
    tags, attributes = _tags(first["tags"])
    draft.product = ProductInput(
        handle=group.handle,
        variants=tuple(variants),
        tags=tags,
        attributes=attributes,
        categories=_categories(first),
        images=_images(group.rows),
        **facts,
    )
    return draft


def _facts(draft: Draft, first: Row) -> dict[str, Any]:
    if not first["title"]:
        detail = "The first row of a product has its title; do its rows stand together?"
        draft.note(first.line, "title_missing", detail)
    facts: dict[str, Any] = {"status": _status(draft, first)}
    for name, column, longest in (
        ("title", "Title", 255),
        ("vendor", "Vendor", 255),
        ("product_type", "Type", 255),
        ("description", "Body (HTML)", LONGEST_DESCRIPTION),
        ("seo_title", "SEO Title", 255),
        ("seo_description", "SEO Description", 5_000),
    ):
        facts[name] = draft.attempt(first, bounded, first[column.casefold()], column=column, longest=longest)
    draft.attempt(first, bounded, draft.handle, column="Handle", longest=255)
    for tag in first["tags"].split(","):
        draft.attempt(first, bounded, tag.strip(), column="Tags", longest=255)
    for name in (name for path in _categories(first) for name in path):
        draft.attempt(first, bounded, name, column="Category", longest=100)
    if any(len(path) > DEEPEST_CATEGORY for path in _categories(first)):
        draft.note(first.line, "category_too_deep", f"Categories go {DEEPEST_CATEGORY} levels deep at most.")
    return facts


def _status(draft: Draft, first: Row) -> Literal["draft", "active", "archived"]:
    given = first["status"].casefold()
    if given in STATUSES:
        return given  # type: ignore[return-value]  # one of the three
    if given:
        draft.note(
            first.line, "status_unknown", f"Status is {first['status'][:40]!r}; write active, draft or archived."
        )
    is_published = draft.attempt(first, truth, first["published"], column="Published", default=True)
    return "active" if is_published else "draft"


def _variants(draft: Draft, group: Group, *, currency: str) -> list[VariantInput]:
    names = [group.rows[0][f"option{number} name"] for number in (1, 2, 3)]
    variants: list[VariantInput] = []
    for row in group.rows:
        if not _is_variant(row):
            continue
        read = read_variant(draft, row, names, currency=currency)
        if read is None:
            continue
        variant, stock = read
        _check_repeated(draft, row.line, variant, variants)
        draft.lines.setdefault(variant.sku, row.line)
        variants.append(variant)
        if stock:
            draft.stock.append(stock)
    if not variants and not draft.is_rejected:
        draft.note(group.line, "price_missing", "No row of the product has a Variant Price.")
    if len(variants) > MOST_VARIANTS:
        draft.note(
            group.line, "too_many_variants", f"{len(variants)} variants; at most {MOST_VARIANTS} make a product."
        )
    return variants


def _check_repeated(draft: Draft, line: int, variant: VariantInput, others: list[VariantInput]) -> None:
    choice = _choice(variant)
    for other in others:
        if _choice(other) == choice:
            named = f"{' / '.join(choice)} is" if choice else "A product without options has one variant; the other is"
            draft.note(line, "variant_repeated", f"{named} also on line {draft.lines[other.sku]}.")
            return
    if variant.sku in draft.lines:
        draft.note(line, "sku_repeated", f"The SKU {variant.sku} is also on line {draft.lines[variant.sku]}.")


def _choice(variant: VariantInput) -> tuple[str, ...]:
    return tuple(option.value.casefold() for option in variant.options)


def _is_variant(row: Row) -> bool:
    return any(row[column] for column in ("variant price", "variant sku", *OPTION_VALUES))


def _tags(text: str) -> tuple[tuple[str, ...], tuple[AttributeInput, ...]]:
    """Tags such as `colour:red` are attributes, the others stay tags."""
    tags: dict[str, None] = {}
    attributes: dict[AttributeInput, None] = {}
    for tag in filter(None, map(str.strip, text.split(","))):
        match = ATTRIBUTE_TAG.fullmatch(tag)
        if match:
            attributes[AttributeInput(code=match[1], value=match[2].strip())] = None
        else:
            tags[tag] = None
    return tuple(tags), tuple(attributes)


def _categories(first: Row) -> tuple[tuple[str, ...], ...]:
    """`Kitchen > Mugs; Gifts` is two categories."""
    text = first["category"] or first["product category"]
    paths = (tuple(filter(None, map(str.strip, part.split(">")))) for part in text.split(";"))
    return tuple(dict.fromkeys(path for path in paths if path))


def _images(rows: list[Row]) -> tuple[ImageInput, ...]:
    """Each picture once, by its position where one is given; pictures of variants that stand nowhere else come last."""
    found: dict[str, tuple[int, ImageInput]] = {}
    for order, row in enumerate(rows):
        if source := row["image src"][:1_000]:
            position = row["image position"]
            place = int(position) if position.isascii() and position.isdigit() and len(position) < 6 else order + 1
            found.setdefault(source, (place, ImageInput(source=source, alt=row["image alt text"][:500])))
    for row in rows:
        if source := row["variant image"][:1_000]:
            found.setdefault(source, (100_000, ImageInput(source=source)))
    return tuple(image for _, image in sorted(found.values(), key=lambda pair: pair[0]))
