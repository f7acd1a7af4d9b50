"""A large shop, made up: the same for the same number of products, every time."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from random import Random

from django.db import connections

from modules.catalog import bulk
from modules.catalog.interface import AttributeInput, Option, PriceInput, ProductInput, VariantInput
from modules.inventory.interface import Availability, Inventory, OpeningLevel
from storefront import clock
from storefront.ids import new_id
from storefront.interface import connect
from storefront.money import Money

CHUNK = 250
"""Products at once: two variants each make 500 levels, as many as one call takes."""

COLOURS = ("red", "blue", "green", "white", "black", "ochre", "teal", "plum", "sand", "rust")
MATERIALS = ("stoneware", "linen", "oak", "steel", "glass", "wool", "cotton", "cork")
STYLES = ("plain", "striped", "dotted", "ribbed", "tall", "low", "round", "oval", "folding", "stacking")
THINGS = {
    ("Kitchen", "Mugs"): "mug",
    ("Kitchen", "Bowls"): "bowl",
    ("Kitchen", "Pans"): "pan",
    ("Living", "Cushions"): "cushion",
    ("Living", "Rugs"): "rug",
    ("Living", "Lamps"): "lamp",
    ("Office", "Desks"): "desk",
    ("Office", "Notebooks"): "notebook",
    ("Garden", "Pots"): "pot",
    ("Garden", "Benches"): "bench",
    ("Clothing", "Jumpers"): "jumper",
    ("Clothing", "Socks"): "socks",
}
VENDORS = ("Havelhof", "Elbufer", "Spreewerk", "Odermark", "Isarblick")

Tell = Callable[[str], None]
Prepared = tuple[list[ProductInput], tuple[Availability, ...]]


def add_products(count: int, *, tell: Tell) -> float:
    """Have `count` made-up products in the shop; those that are there stay. Returns the new ones per second."""
    started, made, weighed = time.monotonic(), 0, 0
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="stock") as ahead:
        for start, (fresh, promises) in _one_ahead(ahead, range(0, count, CHUNK), partial(_stocked, count=count)):
            if fresh:
                bulk.create(fresh, promises=promises, now=clock.now())
                made += len(fresh)
            if made > 3 * weighed:
                weighed = made
                _take_stock_of_tables()
            if (start // CHUNK) % 4 == 3:
                tell(f"{start + CHUNK} of {count} products, {made / (time.monotonic() - started):.0f} new ones/s ...")
    _take_stock_of_tables()
    rate = made / max(time.monotonic() - started, 0.001)
    tell(f"{count} products: {made} new, {count - made} were there; {rate:.0f} new ones/s.")
    return rate


def _one_ahead(
    ahead: ThreadPoolExecutor, starts: Iterable[int], prepare: Callable[[int], Prepared]
) -> Iterator[tuple[int, Prepared]]:
    """The starts with what was prepared for them: inventory takes the next goods in while catalogue lists these."""
    running: tuple[int, Future[Prepared]] | None = None
    for start in starts:
        coming = start, ahead.submit(prepare, start)
        if running:
            yield running[0], running[1].result()
        running = coming
    if running:
        yield running[0], running[1].result()
    ahead.submit(connections.close_all).result()  # the thread's own


def _stocked(start: int, *, count: int) -> Prepared:
    """Those of a chunk's products that are new, and what inventory promises of them once it has taken them in."""
    products = [_product(number) for number in range(start, min(start + CHUNK, count))]
    known = bulk.known([product.handle for product in products])
    fresh = [product for product in products if product.handle not in known]
    skus = [variant.sku for product in fresh for variant in product.variants]
    if not skus:
        return [], ()
    levels = tuple(
        OpeningLevel(
            sku=sku,
            location="BER" if number % 2 else "LEI",
            on_hand=Random(sku).randint(0, 400),  # noqa: S311  # goods
            low_stock_threshold=10,
        )
        for number, sku in enumerate(skus)
    )
    inventory = connect(Inventory)
    inventory.open_levels(key=new_id("seed"), levels=levels)
    return fresh, inventory.availability(skus=tuple(skus))


def _take_stock_of_tables() -> None:
    """Let the planner know how much there is now.

    It finds out by itself, but only after a minute: until then it reads tables of thousands as if they were empty,
    from end to end.
    """
    for module in ("catalog", "inventory"):
        with connections[module].cursor() as cursor:
            tables = connections[module].introspection.table_names(cursor)
            if connections[module].vendor == "postgresql":
                cursor.execute(f"ANALYZE {', '.join(tables)}")
            else:
                cursor.execute("ANALYZE")


def _product(number: int) -> ProductInput:
    chance = Random(number)  # noqa: S311  # goods, not secrets
    path = chance.choice(list(THINGS))
    thing, colour, material, style = (
        THINGS[path],
        chance.choice(COLOURS),
        chance.choice(MATERIALS),
        chance.choice(STYLES),
    )
    title = f"{style.capitalize()} {colour} {material} {thing} no. {number}"
    return ProductInput(
        handle=f"{style}-{colour}-{thing}-{number}",
        title=title,
        vendor=chance.choice(VENDORS),
        product_type=thing.capitalize(),
        status="active",
        categories=(path,),
        tags=("made-up",),
        description=f"<p>A {style} {thing} of {material}, in {colour}. Number {number} of a shop that nobody runs.</p>",
        attributes=(AttributeInput(code="colour", value=colour), AttributeInput(code="material", value=material)),
        variants=tuple(_variant(number, size, chance) for size in ("S", "L")),
    )


def _variant(number: int, size: str, chance: Random) -> VariantInput:
    cents = chance.randrange(500, 20_000, 50)
    return VariantInput(
        sku=f"MADE-{number:06d}-{size}",
        options=(Option(name="Size", value=size),),
        weight_g=chance.randrange(100, 5_000, 10),
        prices=(
            PriceInput(price=Money(cents, "EUR"), includes_tax=True),
            PriceInput(price=Money(cents + cents // 10, "USD"), includes_tax=False),
        ),
    )
