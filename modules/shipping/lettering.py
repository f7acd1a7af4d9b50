"""Letters of many scripts on a PDF page, from fonts that come with the PDF library.

Latin is embedded (Bitstream Vera); a letter with an accent that it lacks is put together from both. Greek, Cyrillic,
Chinese, Japanese and Korean use the Asian fonts that every PDF viewer brings. Further scripts need a TrueType font of
your own, named by `SHIPPING_LABEL_FONT` in the environment.
"""

import os
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

LATIN: Final = "Vera"
LATIN_BOLD: Final = "VeraBd"
OWN: Final = "SHIPPING_LABEL_FONT"
SIMPLIFIED: Final = "STSong-Light"
TRADITIONAL: Final = "MSung-Light"
JAPANESE: Final = "HeiseiKakuGo-W5"
KOREAN: Final = "HYGothic-Medium"
ASIAN: Final = {
    "CN": SIMPLIFIED, "SG": SIMPLIFIED, "TW": TRADITIONAL, "HK": TRADITIONAL, "MO": TRADITIONAL, "KR": KOREAN,
}
"""By country of destination; Japanese elsewhere."""

HANGUL: Final = range(0xAC00, 0xD7B0)
ASIAN_SCRIPTS: Final = ("CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "IDEOGRAPHIC", "GREEK", "CYRILLIC")
ACCENTS: Final = {
    "\u0300": "\u0060", "\u0301": "\u00b4", "\u0302": "\u02c6", "\u0303": "\u02dc", "\u0304": "\u00af",
    "\u0306": "\u02d8", "\u0307": "\u02d9", "\u0308": "\u00a8", "\u030a": "\u02da", "\u030b": "\u02dd",
    "\u030c": "\u02c7", "\u0327": "\u00b8", "\u0328": "\u02db",
}
"""A combining accent, and the same accent as a letter of its own, which Vera has."""

UNKNOWN: Final = "?"


@cache
def font_of(name: str) -> pdfmetrics.Font:
    """A font of the PDF library, registered on first use; `OWN` is the operator's."""
    if name == OWN:
        pdfmetrics.registerFont(TTFont(OWN, os.environ[OWN]))
    elif name in (LATIN, LATIN_BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    else:
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return pdfmetrics.getFont(name)


def has_letter(font: str, letter: str) -> bool:
    """Whether an embedded font can draw the letter."""
    return bool(font_of(font).face.charToGlyph.get(ord(letter)))


class Glyph:
    """A letter as it is drawn: its font, and an accent to put over it if the font has no such letter whole."""

    def __init__(self, font: str, letter: str, accent: str = "") -> None:
        self.font = font
        self.letter = letter
        self.accent = accent

    def width(self, size: float) -> float:
        """In points."""
        return float(font_of(self.font).stringWidth(self.letter, size))


class Lettering:
    """Writes on a canvas, each letter in a font that has it. country: decides between Asian fonts."""

    def __init__(self, canvas: Canvas, *, country: str) -> None:
        self.canvas = canvas
        self._asian = ASIAN.get(country, JAPANESE)

    def write(
        self, x: float, y: float, text: str, *, size: float, is_bold: bool = False, width: float | None = None
    ) -> None:
        """Write a line from `x`, `y` in points; smaller if it would be wider than `width`."""
        glyphs = list(self._glyphs(text, is_bold))
        wide = sum(glyph.width(size) for glyph in glyphs)
        size = size * min(1.0, width / wide) if width and wide else size
        for glyph in glyphs:
            self.canvas.setFont(glyph.font, size)
            self.canvas.drawString(x, y, glyph.letter)
            if glyph.accent:
                self._draw_accent(glyph, x, y, size)
            x += glyph.width(size)

    def write_centred(self, x: float, y: float, text: str, *, size: float) -> None:
        """Write a line around `x`."""
        self.write(x - self.width(text, size=size) / 2, y, text, size=size)

    def width(self, text: str, *, size: float) -> float:
        """In points, written in bold, which is the wider."""
        return sum(glyph.width(size) for glyph in self._glyphs(text, is_bold=True))

    def broken(self, text: str, *, size: float, width: float) -> list[str]:
        """The text in lines of at most `width` points, broken at blanks or, in a long word, anywhere."""
        lines = [""]
        for word in text.split():
            joined = f"{lines[-1]} {word}".strip()
            if self.width(joined, size=size) <= width:
                lines[-1] = joined
                continue
            lines.append("")
            for letter in word:
                if self.width(lines[-1] + letter, size=size) > width:
                    lines.append("")
                lines[-1] += letter
        return [line for line in lines if line]

    def _draw_accent(self, glyph: Glyph, x: float, y: float, size: float) -> None:
        middle = x + (glyph.width(size) - font_of(glyph.font).stringWidth(glyph.accent, size)) / 2
        is_above_capital = glyph.letter.isupper() and glyph.accent not in "\u00b8\u02db"
        self.canvas.drawString(middle, y + (0.18 * size if is_above_capital else 0), glyph.accent)

    def _glyphs(self, text: str, is_bold: bool) -> Iterator[Glyph]:
        latin = LATIN_BOLD if is_bold else LATIN
        for letter in unicodedata.normalize("NFC", text):
            yield self._whole(letter, latin) or _composed(letter, latin) or Glyph(latin, UNKNOWN)

    def _whole(self, letter: str, latin: str) -> Glyph | None:
        if has_letter(latin, letter):
            return Glyph(latin, letter)
        if os.environ.get(OWN) and has_letter(OWN, letter):
            return Glyph(OWN, letter)
        if ord(letter) in HANGUL:
            return Glyph(KOREAN, letter)
        name = unicodedata.name(letter, "")
        if name.startswith(ASIAN_SCRIPTS):  # these know no accents on Greek
            return Glyph(self._asian, unicodedata.normalize("NFD", letter)[0] if name.startswith("GREEK") else letter)
        return None


def _composed(letter: str, latin: str) -> Glyph | None:
    """The letter from its parts; without accents that Vera cannot draw."""
    parts = unicodedata.normalize("NFD", letter)
    base, marks = parts[0], parts[1:]
    if not has_letter(latin, base):
        return None
    return Glyph(latin, base, ACCENTS.get(marks[0], "") if marks else "")
