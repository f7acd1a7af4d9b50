"""A QR code as SVG that stands in the page itself: no request leaves the browser for it."""

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

QUIET = 4
"""Modules of empty border, which readers need."""


def qr_code(text: str) -> str:
    """An `<svg>` of one path; it takes its size from where it stands."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    size = code.getModuleCount()
    dark = [(row, column) for row in range(size) for column in range(size) if code.isDark(row, column)]
    path = "".join(f"M{column + QUIET} {row + QUIET}h1v1h-1z" for row, column in dark)
    box = size + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box} {box}" role="img" aria-label="QR code" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{box}v{box}H0z"/><path d="{path}"/></svg>'
    )
