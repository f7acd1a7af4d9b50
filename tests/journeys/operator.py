"""An operator with a browser, who is told by pages and not by tables."""

import html
import re
from typing import Any

from django.contrib.auth.models import User

from storefront.testing.client import client as new_client
from storefront.testing.world import World
from storefront.topology import topology

PASSWORD = "a long enough passphrase"


class Operator:
    """Signed in to the back office, by its own login page."""

    def __init__(self, name: str = "grace") -> None:
        self.client = new_client()
        User.objects.create_superuser(name, password=PASSWORD)
        self.read("/admin/login/")
        answer = self.send("/admin/login/", username=name, password=PASSWORD)
        assert answer.status_code == 302, answer.content

    def read(self, path: str) -> str:
        """A page, as text."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.content)
        return html.unescape(answer.content.decode())

    def send(self, path: str, **fields: object) -> Any:
        """A form; returns the response."""
        token = self.client.cookies["csrftoken"].value
        return self.client.post(path, fields | {"csrfmiddlewaretoken": token})

    def rows(self, path: str) -> list[tuple[str, str]]:
        """What a list shows: the number of each row, and its text."""
        cells = re.findall(r"<tr\b.*?</tr>", self.read(path), re.DOTALL)
        numbered = [(re.search(r'name="_selected_action" value="([^"]+)"', row), row) for row in cells]
        return [(found[1], " ".join(re.sub(r"<[^>]+>", " ", row).split())) for found, row in numbered if found]

    def act(self, path: str, action: str, *rows: str, **fields: str) -> Any:
        """Choose rows of a list and an action for them."""
        return self.send(path, action=action, _selected_action=list(rows), **fields)


def audited(world: World) -> dict[str, str]:
    """What each module's audit finds, given in the process that runs it; nothing of those whose books are in order."""
    said = {module: world.manage(module, "audit", module) for module in topology().modules}
    return {module: answer.output for module, answer in said.items() if answer.refusal}
