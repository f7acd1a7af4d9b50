"""What one sender has learned so far: ids, versions, pages and totals, from the answers it got."""

import re
from collections import defaultdict
from random import Random
from typing import Any

from tests.hostile.wire import Reply

KEPT = 12
"""Of each kind, the latest: older things have been bought, canceled and emptied often enough."""
_ID = re.compile(r"([a-z]{3})_[0-9A-Z]{26,36}")
KINDS = {
    "cart_id": "crt", "cart": "crt", "line_id": "lin", "checkout_id": "chk", "checkout": "chk", "order_id": "ord",
    "payment_id": "pay", "shipment_id": "shp", "endpoint_id": "whe",
}
"""What a parameter or a field of this name wants."""


class Known:
    """ids: by their prefix. etags: the last of each path."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.ids: dict[str, list[str]] = defaultdict(list)
        self.lines: dict[str, list[str]] = defaultdict(list)
        self.etags: dict[str, str] = {}
        self.cursors: list[str] = []
        self.totals: dict[str, Any] = {}

    def told(self, path: str, reply: Reply) -> None:
        """Remember what an answer says."""
        if "ETag" in reply.headers:
            self.etags[path] = reply.headers["ETag"]
        if reply.status >= 300 or reply.headers.get("Content-Type") != "application/json":
            return
        answer = reply.json()
        self._walk(answer)
        if not isinstance(answer, dict):
            return
        for way in ("next", "previous"):
            if isinstance(answer.get(way), str) and "cursor=" in answer[way]:
                self.cursors = [*self.cursors, answer[way].partition("cursor=")[2]][-KEPT:]
        self._of_one(answer)

    def _of_one(self, answer: dict[str, Any]) -> None:
        told = str(answer.get("id", ""))
        if told.startswith("crt_"):
            self.lines[told] = [line["id"] for line in answer.get("lines", ())]
        if told.startswith("chk_"):
            self.totals[told] = answer.get("totals", {}).get("total")

    def learn(self, *ids: str) -> None:
        """Add ids to what is known."""
        for told in ids:
            found = _ID.fullmatch(told)
            if found and told not in self.ids[found[1]]:
                self.ids[found[1]] = [*self.ids[found[1]], told][-KEPT:]

    def one(self, kind: str) -> str | None:
        """Some id of this kind, or None."""
        return self._chance.choice(self.ids[kind]) if self.ids[kind] else None

    def any(self) -> str | None:
        """Some id of whatever kind, or None."""
        kinds = sorted(kind for kind, ids in self.ids.items() if ids)
        return self.one(self._chance.choice(kinds)) if kinds else None

    def _walk(self, node: Any) -> None:
        if isinstance(node, str):
            self.learn(node)
        elif isinstance(node, dict):
            for part in node.values():
                self._walk(part)
        elif isinstance(node, list):
            for part in node:
                self._walk(part)
