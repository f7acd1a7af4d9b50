"""The demo catalogue is complete, consistent, and good enough to show."""

import csv
import hashlib
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from config.demo.draw import draw
from config.demo.product import FOLDER, Product, read_products

Row = dict[str, str]
LIKENESS_LIMIT = 3.0  # mean difference per channel, of 255, at 64 by 64 pixels
OPTIONS = (1, 2, 3)


def read(name: str) -> list[Row]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return read("products.csv")


@pytest.fixture(scope="module")
def stock() -> list[Row]:
    return read("stock.csv")


@pytest.fixture(scope="module")
def products(rows: list[Row]) -> dict[str, list[Row]]:
    variants: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        variants[row["Handle"]].append(row)
    return variants


class TestRange:
    def test_has_sixty_products_and_two_hundred_variants(self, rows: list[Row], products: dict[str, list[Row]]) -> None:
        assert len(products) == 60
        assert len(rows) >= 200

    def test_fills_twelve_leaf_categories_evenly(self, products: dict[str, list[Row]]) -> None:
        sizes = Counter(variants[0]["Category"] for variants in products.values())

        assert len(sizes) == 12
        assert set(sizes.values()) == {5}
        assert all(len(path.split(" > ")) == 2 for path in sizes)

    def test_offers_the_red_mug(self, products: dict[str, list[Row]]) -> None:
        variants = products["red-mug"]

        assert variants[0]["Title"] == "Red mug"
        assert variants[0]["Category"] == "Kitchen > Mugs"
        assert [row["Variant SKU"] for row in variants] == ["RED-MUG-S", "RED-MUG-L"]

    def test_has_one_service_that_is_not_shipped(self, products: dict[str, list[Row]]) -> None:
        unshipped = [h for h, variants in products.items() if variants[0]["Variant Requires Shipping"] == "FALSE"]

        assert unshipped == ["gift-wrapping"]

    def test_describes_each_product_in_its_own_words(self, products: dict[str, list[Row]]) -> None:
        bodies = [variants[0]["Body (HTML)"] for variants in products.values()]

        assert len(set(bodies)) == len(bodies)
        assert min(len(body) for body in bodies) > 150
        assert all(body.startswith("<p>") and body.endswith("</p>") for body in bodies)


class TestVariants:
    def test_are_told_apart_by_sku_and_barcode(self, rows: list[Row]) -> None:
        assert len({row["Variant SKU"] for row in rows}) == len(rows)
        assert len({row["Variant Barcode"] for row in rows}) == len(rows)

    def test_carry_a_valid_check_digit(self, rows: list[Row]) -> None:
        for row in rows:
            digits = [int(digit) for digit in row["Variant Barcode"]]
            assert len(digits) == 13
            assert sum(digits[::2] + [3 * digit for digit in digits[1::2]]) % 10 == 0, row["Variant SKU"]

    def test_stand_together_under_one_titled_row(self, rows: list[Row], products: dict[str, list[Row]]) -> None:
        handles = [row["Handle"] for row in rows]

        assert handles == [handle for handle, variants in products.items() for _ in variants]
        for variants in products.values():
            assert variants[0]["Title"]
            assert not any(row["Title"] or row["Category"] or row["Image Src"] for row in variants[1:])

    def test_fill_exactly_the_options_that_their_product_names(self, products: dict[str, list[Row]]) -> None:
        for handle, variants in products.items():
            named = [bool(variants[0][f"Option{n} Name"]) for n in OPTIONS]
            chosen = [tuple(row[f"Option{n} Value"] for n in OPTIONS) for row in variants]
            assert all([bool(value) for value in values] == named for values in chosen), handle
            assert named == sorted(named, reverse=True), handle
            assert len(set(chosen)) == len(chosen), handle

    def test_are_called_default_where_there_is_no_choice(self, products: dict[str, list[Row]]) -> None:
        for variants in products.values():
            if variants[0]["Option1 Name"] == "Title":
                assert [row["Option1 Value"] for row in variants] == ["Default Title"]

    def test_weigh_something_if_they_are_shipped(self, rows: list[Row]) -> None:
        for row in rows:
            assert (int(row["Variant Grams"]) > 0) == (row["Variant Requires Shipping"] == "TRUE"), row["Variant SKU"]


class TestPrices:
    @pytest.mark.parametrize("column", ["Variant Price", "Price / USD"])
    def test_have_two_decimals(self, rows: list[Row], column: str) -> None:
        for row in rows:
            assert Decimal(row[column]) > 0
            assert Decimal(row[column]).as_tuple().exponent == -2

    def test_are_whole_yen(self, rows: list[Row]) -> None:
        assert all(row["Price / JPY"].isdecimal() and int(row["Price / JPY"]) > 0 for row in rows)

    def test_agree_across_currencies(self, rows: list[Row]) -> None:
        for row in rows:
            euros = Decimal(row["Variant Price"])
            assert Decimal("0.9") < Decimal(row["Price / USD"]) / euros < Decimal("1.3"), row["Variant SKU"]
            assert 130 < Decimal(row["Price / JPY"]) / euros < 190, row["Variant SKU"]

    def test_were_higher_before_a_reduction(self, rows: list[Row]) -> None:
        reduced = [row for row in rows if row["Variant Compare At Price"]]

        assert reduced
        assert all(Decimal(row["Variant Compare At Price"]) > Decimal(row["Variant Price"]) for row in reduced)


class TestStock:
    def test_knows_every_sku_at_both_locations(self, rows: list[Row], stock: list[Row]) -> None:
        wanted = {(row["Variant SKU"], location) for row in rows for location in ("BER", "LEI")}

        assert {(level["sku"], level["location"]) for level in stock} == wanted
        assert len(stock) == len(wanted)

    def test_adds_up_to_the_quantity_of_the_variant(self, rows: list[Row], stock: list[Row]) -> None:
        on_hand: Counter[str] = Counter()
        for level in stock:
            on_hand[level["sku"]] += int(level["on_hand"])

        assert {row["Variant SKU"]: int(row["Variant Inventory Qty"]) for row in rows} == dict(on_hand)

    def test_may_be_oversold_only_where_the_policy_says_so(self, rows: list[Row], stock: list[Row]) -> None:
        backordered = {level["sku"] for level in stock if int(level["backorder_limit"]) > 0}

        assert {row["Variant SKU"] for row in rows if row["Variant Inventory Policy"] == "continue"} == backordered
        assert backordered

    def test_shows_every_state_a_shop_can_be_in(self, rows: list[Row], stock: list[Row]) -> None:
        quantities = [int(row["Variant Inventory Qty"]) for row in rows]
        low = [level for level in stock if 0 < int(level["on_hand"]) <= int(level["low_stock_threshold"])]

        assert 3 <= sum(quantity == 0 for quantity in quantities) <= 20
        assert len(low) >= 10
        assert any(level["expected_in_days"] for level in stock)


class TestPictures:
    def test_exist_for_each_product_and_no_other(self, products: dict[str, list[Row]]) -> None:
        pictures = {f"images/{path.name}" for path in (FOLDER / "images").iterdir()}

        assert {variants[0]["Image Src"] for variants in products.values()} == pictures
        assert all(variants[0]["Image Alt Text"] for variants in products.values())

    def test_are_square_and_light(self) -> None:
        paths = list((FOLDER / "images").glob("*.png"))

        assert {size_of(path) for path in paths} == {(1200, 1200)}
        assert sum(path.stat().st_size for path in paths) < 2_500_000

    def test_differ_to_the_byte_and_to_the_eye(self) -> None:
        paths = sorted((FOLDER / "images").glob("*.png"))
        small = {path.stem: Image.open(path).convert("RGB").resize((64, 64)) for path in paths}

        assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}) == len(paths)
        for first, second in combinations(small, 2):
            assert difference(small[first], small[second]) > LIKENESS_LIMIT, f"{first} looks like {second}"

    def test_are_drawn_the_same_again(self) -> None:
        red_mug = next(product for product in read_products() if product.handle == "red-mug")

        again = draw(red_mug).convert("RGB")

        kept = Image.open(FOLDER / "images" / "red-mug.png").convert("RGB")
        assert difference(again, kept) < 0.5

    def test_are_refused_for_a_type_that_nobody_can_draw(self) -> None:
        anvil = Product("anvil", "Anvil", "Anvil", {"colour": "graphite"})

        with pytest.raises(LookupError, match="anvil: no illustration for type 'Anvil'"):
            draw(anvil)


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean difference per channel, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean) / 3
