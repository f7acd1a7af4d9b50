"""Facts through a broker to Celery workers: a queue per module, a task per batch, nothing kept there that matters.

The delivery rows are the truth and the broker is a way to wake a worker. So it may lose everything it holds: what is
not acknowledged is sent again when its lease is over, and the inbox lets it through once.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from celery import Celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection, Producer, Queue

from storefront.events.checks import missing_broker
from storefront.events.delivery import Batch
from storefront.events.reach import road_to
from storefront.events.wire import packed
from storefront.interface import Unavailable
from storefront.topology import modules_here, topology

log = logging.getLogger(__name__)

TASK = "storefront.events.receive"
ROAD = "the broker"
CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
"""How long the relay waits for a broker that is connected and says nothing."""
HANDLING_SECONDS = 25
"""A worker that takes longer over a batch is killed: well within a lease."""
VISIBILITY_SECONDS = 60
"""After which Redis hands out again what a dead worker had taken; no batch takes that long."""
LONGEST_QUEUE = 20
"""Batches that wait in a queue before the relay keeps the rest to itself: less than workers do within a lease."""
MOST_RETURNS = 5
"""How often RabbitMQ hands out a batch that kills its worker, before it leaves that to the next lease.

An argument of the queue, which never changes: for another number, rename the queue or set a policy.
"""


def queue_of(module: str) -> str:
    """The queue that the workers of a module listen to."""
    return f"events.{module}"


@cache
def celery_app() -> Celery:
    """The Celery application, as the topology and `STOREFRONT_BROKER_URL` say.

    :raises ImproperlyConfigured: this topology has no broker, or nobody said which
    """
    if topology().events != "celery":
        raise ImproperlyConfigured(f"Topology {topology().name} sends facts by HTTP; it has no workers.")
    if missing_broker():
        raise ImproperlyConfigured(missing_broker())
    app = Celery("storefront", fixups=[], set_as_current=False)
    app.conf.update(
        broker_url=settings.STOREFRONT_BROKER_URL,
        broker_transport_options=_transport_options(settings.STOREFRONT_BROKER_URL),
        broker_connection_timeout=CONNECT_SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_queues=[queue(module) for module in modules_here()],  # without -Q a worker takes them all
        task_create_missing_queues=False,
        task_default_queue_type="quorum",
        worker_detect_quorum_queues=True,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=HANDLING_SECONDS,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        enable_utc=True,
        timezone="UTC",
    )
    return app


def queue(module: str) -> Queue:
    """As RabbitMQ and Celery know it; durable, replicated where there are several brokers."""
    name = queue_of(module)
    return Queue(name, routing_key=name, queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": MOST_RETURNS})


def _transport_options(url: str) -> dict[str, Any]:
    """For the workers, who may wait for long."""
    if is_amqp(url):
        return {"confirm_publish": True}
    if is_redis(url):
        return {
            "visibility_timeout": VISIBILITY_SECONDS, "socket_connect_timeout": CONNECT_SECONDS,
            "socket_keepalive": True, "health_check_interval": 10,
        }
    return {"polling_interval": 0.05}


def _impatient_options(url: str) -> dict[str, Any]:
    """For the relay, which has other work to do: no broker keeps it waiting."""
    if is_amqp(url):
        return {"confirm_publish": True, "read_timeout": ANSWER_SECONDS, "write_timeout": ANSWER_SECONDS}
    if is_redis(url):
        return {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": ANSWER_SECONDS}
    return {}


def is_amqp(url: str) -> bool:
    """Whether a broker speaks the protocol of RabbitMQ."""
    return url.partition("://")[0] in ("amqp", "amqps")


def is_redis(url: str) -> bool:
    """Whether a broker is a Redis."""
    return url.partition("://")[0] in ("redis", "rediss")


class Line:
    """The one connection on which this process sends; made anew after any trouble."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._connection: Connection | None = None
        self._channel: Any = None

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """A channel, for one thread at a time.

        :raises Unavailable: the broker is away, or became so meanwhile
        """
        road = road_to(ROAD)
        with self._lock:
            began_at = time.monotonic()
            try:
                yield self._channel or self._open()
            except Exception as error:
                road.broke(waited=time.monotonic() - began_at)
                self.close()
                raise Unavailable(f"The broker: {type(error).__name__}: {error}") from error
            road.held()

    def _open(self) -> Any:
        url = celery_app().conf.broker_url
        connection = Connection(url, connect_timeout=CONNECT_SECONDS, transport_options=_impatient_options(url))
        self._connection = connection
        connection.ensure_connection(max_retries=0)
        self._channel = connection.channel()
        return self._channel

    def close(self) -> None:
        """Forget it; a broker that is away need not be told."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            connection.collect(socket_timeout=0.1)


line = Line()


def send(batch: Batch) -> None:
    """Put a batch into the queue of its subscriber, and wait until the broker has it.

    :raises Unavailable: the broker is away
    """
    destination: Any = queue(batch.subscriber)
    body = packed(batch.parcels).decode()
    with line.opened() as channel:
        celery_app().send_task(
            TASK, args=[batch.producer, batch.subscriber, batch.lease_until.isoformat(), body],
            queue=destination, producer=Producer(channel), retry=False, declare=[],
            timeout=ANSWER_SECONDS, confirm_timeout=ANSWER_SECONDS,
        )


def not_taking(subscribers: Iterable[str]) -> set[str]:
    """Those of them to whom nothing should be sent now: the broker is away, or their queue is long enough.

    To ask declares the queue, so that what is sent next has somewhere to wait.
    """
    asked = set(subscribers)
    if not road_to(ROAD).is_open:
        return asked
    try:
        with line.opened() as channel:
            return {subscriber for subscriber in asked if _waiting(channel, subscriber) >= LONGEST_QUEUE}
    except Unavailable as error:
        log.warning("The broker cannot be reached; facts wait in the outbox.", extra={"error": f"{error}"})
        return asked


def _waiting(channel: Any, subscriber: str) -> int:
    declared: Any = queue(subscriber)(channel).queue_declare()
    return int(declared.message_count)
