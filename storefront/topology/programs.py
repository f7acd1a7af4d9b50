"""The programs that make up a process of a topology once it is deployed: who serves, who relays, who works off events.

The commands are the same in the image, in compose, in Kubernetes and under systemd; `tests/deploy` starts them.
"""

from typing import Literal, NamedTuple

from storefront.topology.plan import Process, Topology

PORT = 8000
"""Where a process serves inside its container."""

Role = Literal["web", "relay", "worker"]


HEARTBEAT = "/tmp/heartbeat"  # noqa: S108  # in a container's own volume
"""What a relay touches at each turn, and a worker every two seconds."""
SILENCE = {"relay": "15 minutes", "worker": "1 minute"}
"""After which it is taken for dead. A turn of a relay may be a long job; a worker's heart beats beside its work."""


class Program(NamedTuple):
    """Something to start for a process of the topology, once or as often as wanted."""

    process: Process
    role: Role
    command: tuple[str, ...]

    @property
    def name(self) -> str:
        """That of the process, with the role unless it serves: payments, payments-relay."""
        return self.process.name if self.role == "web" else f"{self.process.name}-{self.role}"

    @property
    def is_alive(self) -> tuple[str, ...]:
        """A command that fails if a relay or a worker has not been heard of for long; empty for who serves."""
        if self.role == "web":
            return ()
        return ("sh", "-c", f"find {HEARTBEAT} -newermt '{SILENCE[self.role]} ago' | grep -q .")


def programs_of(process: Process, topology: Topology) -> tuple[Program, ...]:
    """What serves requests, what does the work that is left, and what receives events where a broker carries them."""
    found = [Program(process, "web", served()), Program(process, "relay", ("python", "manage.py", "relay"))]
    if topology.events == "celery":
        found.append(Program(process, "worker", working(process.modules)))
    return tuple(found)


def served(port: int = PORT) -> tuple[str, ...]:
    """Granian behind a proxy. Two threads of two workers: more of them wait for the same cores."""
    return (
        "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", str(port),  # noqa: S104  # in a container
        "--workers", "2", "--blocking-threads", "2", "--no-ws", "config.wsgi:application",
    )


def working(modules: tuple[str, ...]) -> tuple[str, ...]:
    """A Celery worker on the queues of these modules; of the other workers it need not know."""
    queues = ",".join(f"events.{module}" for module in modules)
    alone = ("--without-gossip", "--without-mingle")
    return ("celery", "-A", "config", "worker", "-Q", queues, "--concurrency", "2", *alone, "--loglevel", "WARNING")
