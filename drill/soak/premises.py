"""The shop that is soaked: a database server, its processes as in production, nginx, and a ledger beside them."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from benchmarks.database import Database
from benchmarks.fleet import Fleet
from benchmarks.processes import with_children
from benchmarks.shop import Shop
from drill.chaos.premises import Ledger
from drill.premises import Trouble, plain_environment
from drill.soak.rules import TableRule
from storefront.testing.broker import broker_of
from storefront.testing.postgresql import cluster

SERVER = ("max_connections=300", "fsync=on")
SETTINGS = {"DJANGO_SETTINGS_MODULE": "drill.soak.settings"}
COUNTING_MS = "600000"
"""For one of the ledger's statements: it counts millions of rows, and nobody waits for it."""


class Watched(Fleet):
    """A fleet whose processes are known by name."""

    def named(self) -> dict[str, int]:
        """Name -> pid, without the gateway's; `shop.1` is the first child of `shop`."""
        return {
            f"{name}.{number}" if number else name: pid
            for name, each in self._started.items() if name != "nginx"
            for number, pid in enumerate(with_children(each.pid))
        }


class Inside(Ledger):
    """The process that reads the books, counts rows, and lets time pass once the shop is closed."""

    program = "drill.soak.inside"

    def rules(self) -> dict[str, TableRule]:
        """What becomes of each table's rows."""
        return msgspec.convert(self._ask("rules"), type=dict[str, TableRule])

    def rows(self) -> dict[str, int]:
        """Of each table."""
        return msgspec.convert(self._ask("rows"), type=dict[str, int])

    def later(self, minutes: float) -> int:
        """So much later, all is done that is due then; how many things that were."""
        return int(self._ask(f"later {minutes}"))


class Premises:
    """All of it."""

    def __init__(self, topology: str, folder: Path, database: Database, broker: dict[str, str]) -> None:
        self.database, self._folder = database, folder
        shop = Shop(database, folder)
        chosen = {name: shop.environment[name] for name in ("DATABASE_URL", "DATA_DIR", "DEBUG")}
        plain = {"THROTTLES": "off", "LOG_LEVEL": "WARNING", "PYTHONWARNINGS": "ignore"}
        shop.environment = plain_environment() | chosen | plain | SETTINGS
        self.fleet = Watched(topology, shop, folder, broker)
        self._log = (folder / "ledger.log").open("wb")
        own = {
            "STOREFRONT_BACKGROUND": "none", "CHAOS_FOLDER": str(folder), "CHAOS_NAME": "ledger",
            "STATEMENT_TIMEOUT_MS": COUNTING_MS,
        }
        self.inside = Inside(shop.environment | own, self._log)

    @property
    def port(self) -> int:
        """Where the public reaches the shop."""
        return int(self.fleet.origin.rpartition(":")[2])

    @property
    def log(self) -> str:
        """The end of what the ledger said."""
        return (self._folder / "ledger.log").read_text(errors="replace")[-4000:]

    def close(self) -> None:
        """No more questions."""
        self.inside.close()
        self._log.close()
        self.database.close()


@contextmanager
def premises(topology: str) -> Iterator[Premises]:
    """Everything that a soak needs, gone afterwards; the shop's processes are not started yet.

    :raises FileNotFoundError: PostgreSQL is not on this machine
    :raises Trouble: as it is, with what the ledger said last
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storefront-soak-")))
        folder.chmod(0o755)  # nginx's workers are nobody
        server = stack.enter_context(cluster(*SERVER))
        database = Database(f"{server.url}/soak_bench")
        database.make()
        broker = stack.enter_context(broker_of(topology))
        made = Premises(topology, folder, database, broker)
        stack.callback(made.close)
        try:
            yield made
        except Trouble as error:
            raise Trouble(f"{error}\n{made.log}") from error
