"""The label of a parcel, 4 by 6 inches, as a PDF: the same bytes for the same facts."""

from io import BytesIO
from typing import TYPE_CHECKING, Final

from babel import Locale
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas

from modules.shipping.lettering import Lettering

if TYPE_CHECKING:
    from modules.shipping.carriers.protocol import Parcel

WIDTH: Final = 4 * inch
HEIGHT: Final = 6 * inch
MARGIN: Final = 0.22 * inch
INNER: Final = WIDTH - 2 * MARGIN
BARCODE_WIDTH: Final = 3.3 * inch
ADDRESS_SIZES: Final = (15, 13, 11, 9, 7.5)
ADDRESS_HEIGHT: Final = 1.95 * inch
LEADING: Final = 1.32
TOWN_LINES: Final = 4
"""Town and country stay, whatever else is too long."""


def draw_label(parcel: "Parcel", *, carrier: str, tracking_number: str) -> bytes:
    """Draw carrier and service, address, order, and the tracking number as Code 128."""
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)
    canvas.setTitle(f"Label {parcel.shipment_id}")
    lettering = Lettering(canvas, country=parcel.address.country)
    _head(lettering, carrier=carrier, service=parcel.service)
    _address(lettering, parcel)
    _facts(lettering, parcel)
    _barcode(canvas, lettering, tracking_number)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _head(lettering: Lettering, *, carrier: str, service: str) -> None:
    canvas = lettering.canvas
    canvas.setLineWidth(1.2)
    canvas.rect(MARGIN / 2, MARGIN / 2, WIDTH - MARGIN, HEIGHT - MARGIN)
    lettering.write(MARGIN, 5.6 * inch, carrier, size=11)
    lettering.write(MARGIN, 5.24 * inch, service.upper(), size=20, is_bold=True, width=INNER)
    canvas.line(MARGIN / 2, 5.08 * inch, WIDTH - MARGIN / 2, 5.08 * inch)


def address_lines(parcel: "Parcel") -> list[str]:
    """The address as it is written on the parcel: name first, country last, by name and in capitals."""
    to = parcel.address
    country = Locale("en").territories.get(to.country.upper(), to.country).upper()
    town = " ".join(part for part in (to.postal_code, to.city) if part)
    place = f"{town}, {to.region}" if to.region else town
    return [line for line in (to.name, to.company, to.line1, to.line2, place, country) if line]


def _address(lettering: Lettering, parcel: "Parcel") -> None:
    """In the largest lettering that fits; what is still too wide is broken."""
    lettering.write(MARGIN, 4.88 * inch, "SHIP TO", size=7.5)
    for size in ADDRESS_SIZES:
        lines = [part for line in address_lines(parcel) for part in lettering.broken(line, size=size, width=INNER)]
        if len(lines) * size * LEADING <= ADDRESS_HEIGHT:
            break
    room = int(ADDRESS_HEIGHT // (size * LEADING))
    lines = lines if len(lines) <= room else lines[: room - TOWN_LINES] + lines[-TOWN_LINES:]
    for number, line in enumerate(lines):
        y = 4.8 * inch - (number * LEADING + 1) * size
        lettering.write(MARGIN, y, line, size=size, is_bold=number == 0)
    if parcel.address.phone:
        lettering.write(MARGIN, 2.66 * inch, f"Phone {parcel.address.phone}", size=8, width=INNER)


def _facts(lettering: Lettering, parcel: "Parcel") -> None:
    canvas = lettering.canvas
    canvas.line(MARGIN / 2, 2.52 * inch, WIDTH - MARGIN / 2, 2.52 * inch)
    count = sum(item.quantity for item in parcel.items)
    weight = f"{parcel.weight_g / 1000:.2f} kg" if parcel.weight_g else "not weighed"
    lettering.write(MARGIN, 2.34 * inch, f"Order {parcel.order_id}", size=8, width=INNER)
    lettering.write(MARGIN, 2.18 * inch, f"Shipment {parcel.shipment_id}", size=8, width=INNER)
    lettering.write(MARGIN, 2.02 * inch, f"{count} {'item' if count == 1 else 'items'}, {weight}", size=8)
    canvas.line(MARGIN / 2, 1.88 * inch, WIDTH - MARGIN / 2, 1.88 * inch)


def _barcode(canvas: Canvas, lettering: Lettering, tracking_number: str) -> None:
    """Quiet zones of ten modules on either side, as Code 128 asks."""
    unscaled = Code128(tracking_number, barWidth=1, barHeight=1.15 * inch, quiet=True, lquiet=10, rquiet=10)
    barcode = Code128(
        tracking_number, barWidth=BARCODE_WIDTH / unscaled.width, barHeight=1.15 * inch, quiet=True,
        lquiet=10 * BARCODE_WIDTH / unscaled.width, rquiet=10 * BARCODE_WIDTH / unscaled.width,
    )
    barcode.drawOn(canvas, (WIDTH - barcode.width) / 2, 0.55 * inch)
    lettering.write_centred(WIDTH / 2, 0.33 * inch, tracking_number, size=11)
