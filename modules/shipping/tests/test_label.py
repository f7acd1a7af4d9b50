"""The label of a parcel."""

from pathlib import Path

import pytest
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas

from modules.shipping import label as drawing
from modules.shipping.carriers.protocol import Parcel
from modules.shipping.carriers.sandbox import SandboxCarrier, check_digit, is_sandbox_number
from modules.shipping.interface import PostalAddress
from modules.shipping.label import address_lines, draw_label
from modules.shipping.lettering import JAPANESE, KOREAN, LATIN, Lettering
from modules.shipping.tests.dock import BERLIN, MUGS, TOKYO, Dock

NUMBER = "SBX1234567890123457"


def parcel(address: PostalAddress = BERLIN) -> Parcel:
    return Parcel(
        shipment_id="shp_1", order_id="ord_1", service="Standard", address=address, items=MUGS, weight_g=840
    )


def written(monkeypatch: pytest.MonkeyPatch, address: PostalAddress) -> dict[str, str]:
    """Every letter on the label, with its font."""
    fonts: dict[str, str] = {}
    draw = Canvas.drawString

    def watch(canvas: Canvas, x: float, y: float, text: str) -> None:
        assert 0 <= x <= drawing.WIDTH
        assert 0 <= y <= drawing.HEIGHT
        fonts[text] = canvas._fontname
        draw(canvas, x, y, text)

    monkeypatch.setattr(Canvas, "drawString", watch)
    draw_label(parcel(address), carrier="Sandbox Parcel", tracking_number=NUMBER)
    return fonts


class TestALabel:
    def test_is_four_by_six_inches_and_the_same_each_time(self, dock: Dock) -> None:
        shipment = dock.arrange()

        pdf = dock.shipping.label(shipment_id=shipment.id)

        assert pdf == dock.shipping.label(shipment_id=shipment.id)
        assert f"/MediaBox [ 0 0 {int(4 * inch)} {int(6 * inch)} ]".encode() in pdf

    def test_carries_the_tracking_number_as_code_128(self, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn: list[Code128] = []
        monkeypatch.setattr(Code128, "drawOn", lambda code, canvas, x, y: drawn.append(code))

        draw_label(parcel(), carrier="Sandbox Parcel", tracking_number=NUMBER)

        assert [code.value for code in drawn] == [NUMBER]
        assert drawn[0].width == pytest.approx(drawing.BARCODE_WIDTH)
        assert drawn[0].lquiet >= 10 * drawn[0].barWidth

    def test_ends_the_address_with_the_country_by_name(self) -> None:
        assert address_lines(parcel())[-2:] == ["10623 Berlin", "GERMANY"]

    def test_writes_each_letter_in_a_font_that_has_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fonts = written(monkeypatch, TOKYO)

        assert (fonts["渋"], fonts["J"]) == (JAPANESE, LATIN)

    @pytest.mark.parametrize(
        ("letter", "drawn", "accent"),
        [
            ("ő", "o", "\u02dd"), ("Ř", "R", "\u02c7"), ("ą", "a", "\u02db"), ("ü", "ü", ""), ("東", "東", ""),
            ("서", "서", ""), ("ش", "?", ""),
        ],
    )
    def test_puts_a_letter_together_where_no_font_has_it_whole(self, letter: str, drawn: str, accent: str) -> None:
        glyph = next(Lettering(Canvas("unused"), country="DE")._glyphs(letter, is_bold=False))

        assert (glyph.letter, glyph.accent) == (drawn, accent)
        assert glyph.font == {"東": JAPANESE, "서": KOREAN}.get(letter, LATIN)

    def test_keeps_town_and_country_of_an_endless_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        endless = PostalAddress(name="N" * 300, line1="L" * 900, city="Győr", postal_code="9021", country="HU")

        assert {"G", "y", "Y"} <= written(monkeypatch, endless).keys()

    def test_uses_a_font_of_the_operators_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import reportlab

        own = Path(reportlab.__file__).parent / "fonts" / "VeraIt.ttf"
        monkeypatch.setenv("SHIPPING_LABEL_FONT", str(own))

        assert draw_label(parcel(), carrier="Sandbox Parcel", tracking_number=NUMBER).startswith(b"%PDF-")


class TestASandboxNumber:
    def test_is_the_same_for_the_same_shipment_and_ends_in_a_check_digit(self) -> None:
        number = SandboxCarrier().book(parcel())

        assert number == SandboxCarrier().book(parcel())
        assert is_sandbox_number(number)
        assert not is_sandbox_number(number[:-1] + str((int(number[-1]) + 1) % 10))

    def test_checks_as_gs1_does(self) -> None:
        assert check_digit("629104150021") == "3"
