"""How an operator lets payments leave a running shop, and come back. Each step can be taken back."""

from collections.abc import Callable
from time import sleep

from drill.premises import HOST, Nginx, Premises, Process
from storefront.testing.postgresql import free_port

MODULE = "payments"
OTHERS = ("cart", "catalog", "checkout", "inventory", "shipping", "webhooks")
GRACE_SECONDS = 3.0
"""For what is under way in processes that nginx leads nobody to any more; an order is waited for 2 s."""
TOPOLOGY = 'events = "http"\n'
PROCESS = '[processes.{name}]\nmodules = {modules}\nurl = "http://{host}:{port}"\n'


class Move:
    """The shop as it stands, and the next step."""

    def __init__(self, premises: Premises, tell: Callable[[str], None]) -> None:
        self._premises, self._tell = premises, tell
        self._nginx = Nginx(premises)
        self._home, self._apart = premises.shared, premises.database(MODULE)
        self._together_port, self._shop_port = free_port(), free_port()
        self._together = self._topology("together", shop=((*OTHERS, MODULE), self._together_port))
        self._split = self._topology(
            "apart", shop=(OTHERS, self._shop_port), payments=((MODULE,), premises.payments)
        )

    def _topology(self, name: str, **processes: tuple[tuple[str, ...], int]) -> str:
        path = self._premises.folder / f"{name}.toml"
        parts = [
            PROCESS.format(name=process, modules=list(modules), host=HOST, port=port)
            for process, (modules, port) in processes.items()
        ]
        path.write_text(TOPOLOGY + "\n".join(parts))
        return str(path)

    def open(self) -> None:
        """The monolith behind nginx."""
        self._start_together("together").wait_until_ready()
        self._gateways = {topology: self._gateway(topology) for topology in (self._together, self._split)}
        self._nginx.show(self._gateways[self._together])

    def leave_process(self) -> None:
        """Payments gets a process of its own, on the database that it has: both may work on it meanwhile."""
        environment = {"STOREFRONT_TOPOLOGY": self._split, "STOREFRONT_PROCESS": "shop"}
        shop = self._premises.start("shop", environment=environment, port=self._shop_port)
        payments = self._start_payments("payments", self._home)
        shop.wait_until_ready()
        payments.wait_until_ready()
        self._nginx.show(self._gateways[self._split], payments=(payments.port,))
        self._retire("together")

    def leave_database(self) -> None:
        """Its rows go to a database of its own."""
        self._relocate(("payments", self._home), ("payments-apart", self._apart))

    def return_database(self) -> None:
        """Its rows come back."""
        self._relocate(("payments-apart", self._apart), ("payments-back", self._home), "--replace")

    def return_process(self) -> None:
        """One process for all again."""
        self._start_together("together-again").wait_until_ready()
        self._nginx.show(self._gateways[self._together], payments=(self._premises.running["payments-back"].port,))
        self._retire("shop")
        self._retire("payments-back")

    def audit(self) -> str:
        """What `manage.py audit` says of all modules."""
        return self._premises.command("manage.py", "audit").strip()

    def close(self) -> None:
        """No gateway any more."""
        self._nginx.close()

    def _start_together(self, name: str) -> Process:
        environment = {"STOREFRONT_TOPOLOGY": self._together}
        return self._premises.start(name, environment=environment, port=self._together_port)

    def _start_payments(self, name: str, url: str) -> Process:
        return self._premises.start(name, environment=self._as_payments(url))

    def _as_payments(self, url: str) -> dict[str, str]:
        return {
            "STOREFRONT_TOPOLOGY": self._split, "STOREFRONT_PROCESS": MODULE, "PAYMENTS_DATABASE_URL": url,
        }

    def _relocate(self, old: tuple[str, str], new: tuple[str, str], *options: str) -> None:
        """Replicate, start a process at the new place, move over, let the old process go."""
        (old_name, old_url), (new_name, new_url) = old, new
        here = self._as_payments(old_url)
        live = ("manage.py", "relocate", MODULE, "--to", new_url, "--live", *options)
        self._premises.command(*live, "--prepare", **here)
        process = self._start_payments(new_name, new_url)
        process.wait_until_ready()
        both = (self._premises.running[old_name].port, process.port)
        self._nginx.show(self._gateways[self._split], payments=both)
        said = self._premises.command(*live, **here)
        self._tell(" ".join(line for line in said.splitlines() if "compared in" in line or "waited for" in line))
        self._nginx.show(self._gateways[self._split], payments=(process.port,))
        self._retire(old_name)

    def _retire(self, name: str) -> None:
        sleep(GRACE_SECONDS)
        self._premises.stop(name)

    def _gateway(self, topology: str) -> str:
        where = ("--listen", f"{HOST}:{self._premises.public}", "--requests-per-second", "10000")
        return self._premises.command("manage.py", "topology", "gateway", "--topology", topology, *where)
