"""One import: reads, readies pictures beside, puts product after product, opens first stock."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import msgspec
from django.db import DatabaseError, transaction

from modules.catalog import services
from modules.catalog.importing.pictures import Doubt, Pictures
from modules.catalog.importing.problem import Problem
from modules.catalog.importing.product import Draft, read_product
from modules.catalog.importing.seen import Seen
from modules.catalog.importing.stocking import Stocking
from modules.catalog.importing.table import read_groups
from modules.catalog.interface import Catalog, ImageInput, ProductInput
from storefront import clock
from storefront.database.unit import unit_of_work
from storefront.ids import new_id
from storefront.interface import MalformedCall, OutcomeUnknown, Refusal, Unavailable, connect

AHEAD = 8
"""Products whose pictures are made while earlier ones are written."""

WORKERS = 2

Readied = tuple[tuple[ImageInput, ...], list[Doubt]]


@dataclass
class Plan:
    """What is to be imported, and how."""

    folders: tuple[Path, ...] = ()
    """Where pictures are looked for."""
    location: str | None = None
    """Where the quantities of the file are; None leaves stock alone."""
    currency: str = "EUR"
    """Of the column `Variant Price`."""
    is_dry_run: bool = False
    may_fetch: bool = False


@dataclass
class Report:
    """What an import did, or in a dry run would do."""

    id: str = field(default_factory=lambda: new_id("imp"))
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    warnings: int = 0
    levels_opened: int = 0

    @property
    def products(self) -> int:
        return self.created + self.updated + self.unchanged + self.failed


@dataclass(frozen=True)
class Done:
    """One product of the file: what became of it, and what is to be said about it."""

    handle: str
    line: int
    outcome: str  # created, updated, unchanged, failed
    problems: tuple[Problem, ...]


def run_import(file: TextIO, plan: Plan, report: Report) -> Iterator[Done]:
    """Import product by product; each is in, or told of as failed, when it is yielded.

    file: opened with `open_file`. Memory does not grow with it.

    :raises FileRejected: the file as a whole is no product file; nothing was imported
    """
    stocking = Stocking(report.id, plan.location)
    with Seen() as seen, ThreadPoolExecutor(WORKERS) as workers:
        for draft, readied in _ahead(_drafts(file, plan, seen), plan, workers):
            done = _carry_out(draft, readied, plan, report)
            if done.outcome != "failed" and not plan.is_dry_run:
                stocking.add(draft.stock)
            setattr(report, done.outcome, getattr(report, done.outcome) + 1)
            report.warnings += sum(not problem.is_error for problem in done.problems)
            yield done
    report.levels_opened = stocking.finish()


def open_file(path: Path) -> TextIO:
    """A product file as the reader wants it: a byte-order mark is skipped, wrong bytes are kept to be told of."""
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _drafts(file: TextIO, plan: Plan, seen: Seen) -> Iterator[Draft]:
    for group in read_groups(file):
        draft = read_product(group, currency=plan.currency)
        if draft.handle:
            _check_seen(draft, seen)
        yield draft


def _check_seen(draft: Draft, seen: Seen) -> None:
    before = seen.first("handle", draft.handle, line=draft.line, handle=draft.handle)
    if before:
        detail = f"{draft.handle} is already on line {before[0]}; keep the rows of a product together."
        draft.note(draft.line, "handle_repeated", detail)
        return
    for sku, line in draft.lines.items():
        other = seen.first("sku", sku, line=line, handle=draft.handle)
        if other:
            draft.note(line, "sku_repeated", f"The SKU {sku} is also on line {other[0]}, of {other[1]}.")


def _ahead(
    drafts: Iterable[Draft], plan: Plan, workers: ThreadPoolExecutor
) -> Iterator[tuple[Draft, "Future[Readied] | None"]]:
    """The drafts in their order, while the pictures of the next few are being made."""
    pictures = Pictures(plan.folders, may_fetch=plan.may_fetch, is_dry_run=plan.is_dry_run)
    waiting: deque[tuple[Draft, Future[Readied] | None]] = deque()
    for draft in drafts:
        images = draft.product.images if draft.product and not draft.is_rejected else ()
        waiting.append((draft, workers.submit(pictures.ready, images) if images else None))
        if len(waiting) > AHEAD:
            yield waiting.popleft()
    yield from waiting


def _carry_out(draft: Draft, readied: "Future[Readied] | None", plan: Plan, report: Report) -> Done:
    product = draft.product
    if product is None or draft.is_rejected:
        return Done(draft.handle, draft.line, "failed", tuple(draft.problems))
    if readied:
        images, doubts = readied.result()
        product = msgspec.structs.replace(product, images=images)
        for doubt in doubts:
            draft.note(draft.line, doubt.code, doubt.detail, is_error=False)
    put: Callable[[ProductInput, str], str] = _try if plan.is_dry_run else _put
    outcome = "failed"
    try:
        outcome = put(product, f"{report.id}:{draft.line}")
    except Refusal as refusal:
        draft.note(draft.line, refusal.code, str(refusal))
    except MalformedCall as error:
        draft.note(draft.line, "too_large", str(error))
    except (Unavailable, OutcomeUnknown) as error:
        draft.note(draft.line, "unavailable", f"It could not be written, import it again: {error}")
    except DatabaseError as error:
        draft.note(draft.line, "not_storable", f"The database does not take it: {error}")
    return Done(draft.handle, draft.line, outcome, tuple(draft.problems))


def _put(product: ProductInput, key: str) -> str:
    return connect(Catalog).put_product(key=key, product=product).outcome


def _try(product: ProductInput, _key: str) -> str:
    """What `_put` would do, found out by doing it and taking it back."""
    with unit_of_work("catalog") as unit:
        outcome = services.put_product(product=product, now=clock.now()).outcome
        unit.events.clear()
        transaction.set_rollback(True, using="catalog")
    return outcome
