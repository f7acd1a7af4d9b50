"""Draw one picture for each product of the demo catalogue: `python -m config.demo.draw`."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from PIL import Image

from config.demo.canvas import Canvas
from config.demo.illustration import (
    book,
    cookware,
    garment,
    knitwear,
    lamp,
    paper,
    plant,
    seat,
    table,
    tableware,
    textile,
)
from config.demo.product import FOLDER, Product, read_products
from config.demo.scene import Pose, photograph

Illustration = Callable[[Canvas, Product], None]

STANDING: dict[str, Illustration] = {
    "Mug": tableware.mug,
    "Espresso cup": tableware.espresso_cup,
    "Travel tumbler": tableware.travel_tumbler,
    "Bowl": tableware.bowl,
    "Jug": tableware.jug,
    "Glass": tableware.glass,
    "Cake stand": tableware.cake_stand,
    "Casserole": cookware.casserole,
    "Kettle": cookware.kettle,
    "Coffee maker": cookware.coffee_maker,
    "Desk lamp": lamp.desk_lamp,
    "Floor lamp": lamp.floor_lamp,
    "Table lamp": lamp.table_lamp,
    "Lantern": lamp.lantern,
    "Cushion": textile.cushion,
    "Blanket": textile.blanket,
    "Monstera": plant.monstera,
    "Snake plant": plant.snake_plant,
    "Olive tree": plant.olive_tree,
    "Cactus": plant.cactus,
    "Dining chair": seat.dining_chair,
    "Lounge chair": seat.lounge_chair,
    "Stool": seat.stool,
    "Bench": seat.bench,
    "Deckchair": seat.deckchair,
    "Side table": table.side_table,
    "Desk": table.desk,
    "Dining table": table.dining_table,
    "Trolley": table.trolley,
    "Bedside table": table.bedside_table,
    "Calendar": paper.calendar,
    "Gift wrapping": paper.gift_wrapping,
}
LYING: dict[str, Illustration] = {
    "Plate": tableware.plate,
    "Frying pan": cookware.frying_pan,
    "Chopping board": cookware.chopping_board,
    "Towel": textile.towel,
    "Tea towel": textile.tea_towel,
    "Rug": textile.rug,
    "Button-down shirt": garment.button_down,
    "T-shirt": garment.t_shirt,
    "Long-sleeved top": garment.long_sleeved_top,
    "Collarless shirt": garment.collarless_shirt,
    "Jumper": knitwear.jumper,
    "Cardigan": knitwear.cardigan,
    "Beanie": knitwear.beanie,
    "Scarf": knitwear.scarf,
    "Socks": knitwear.socks,
    "Book": book.book,
    "Notebook": paper.notebook,
    "Pen": paper.pen,
    "Pencils": paper.pencils,
}
HANGING: dict[str, Illustration] = {
    "Pendant lamp": lamp.pendant_lamp,
    "Trailing plant": plant.trailing_plant,
}
POSES = {Pose.STANDING: STANDING, Pose.LYING: LYING, Pose.HANGING: HANGING}


def draw(product: Product) -> Image.Image:
    """The picture of one product.

    :raises LookupError: if no illustration fits its type
    """
    for pose, illustrations in POSES.items():
        if illustrate := illustrations.get(product.type):
            canvas = Canvas()
            illustrate(canvas, product)
            return photograph(canvas, pose=pose, tones=product.tones, chance=product.chance)
    raise LookupError(f"{product.handle}: no illustration for type {product.type!r}; add one to config/demo/draw.py.")


def write_picture(product: Product) -> None:
    draw(product).save(FOLDER / "images" / f"{product.handle}.png", optimize=True)


def main() -> None:
    (FOLDER / "images").mkdir(exist_ok=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(write_picture, read_products()))


if __name__ == "__main__":
    main()
