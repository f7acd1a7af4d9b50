"""What a browser sends of a form of the back office."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client

LEFT_OUT = frozenset({"submit", "button", "file", "image", "reset"})


def form_at(client: Client, address: str, **typed: Any) -> dict[str, Any]:
    """Open a page and fill its main form in. typed: what is not sent as it was shown."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    reader = _Reader()
    reader.feed(page.content.decode())
    return reader.sent | typed


class _Reader(HTMLParser):
    """The controls of the form that has a token of its own kind: the page's, not the menu's."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, Any] = {}
        self._inside, self._select, self._text = False, "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self._inside = (given.get("id") or "").endswith("_form")
        if not self._inside:
            return
        if tag == "input":
            self._input(name, given)
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.sent.setdefault(self._select, []).append(given.get("value") or "")
        elif tag == "textarea":
            self._text, self.sent[name] = name, ""

    def _input(self, name: str, given: dict[str, str | None]) -> None:
        kind = given.get("type", "text")
        if not name or kind in LEFT_OUT or (kind in ("checkbox", "radio") and "checked" not in given):
            return
        self.sent[name] = given.get("value") or ("on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._text = ""

    def handle_data(self, text: str) -> None:
        if self._text:
            self.sent[self._text] += text if self.sent[self._text] else text.removeprefix("\r").removeprefix("\n")
