"""A PostgreSQL server with a replica that can take over, and one whose log outlives it. For tests."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from storefront.testing.postgresql import USER, Cluster, cluster

PATIENCE_S = 120.0
"""For one server to notice what the other does, on a machine that has other things to do."""
STANDBY = "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"


class Pair:
    """A primary and its standby, under one URL that leads to whichever of them may be written to."""

    def __init__(self, primary: Cluster, standby: Cluster) -> None:
        self.primary, self.standby = primary, standby
        _wait(lambda: ask(primary, STANDBY), "the standby follows the primary")

    def url(self, name: str) -> str:
        """Of a database, as an operator would write it."""
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in (self.primary, self.standby))
        return f"postgres://{USER}@{hosts}/{name}?target_session_attrs=read-write"

    def make_synchronous(self) -> None:
        """No commit is acknowledged before the standby has it on its disk."""
        _set(self.primary, "synchronous_standby_names", "*")
        _wait(lambda: ask(self.primary, STANDBY) == [("sync",)], "the standby is waited for")

    def part(self) -> None:
        """The standby hears nothing of the primary any more; the primary goes on."""
        _set(self.standby, "primary_conninfo", "")
        _wait(lambda: not ask(self.primary, STANDBY), "the standby has let go of the primary")

    def fail_over(self) -> None:
        """The primary is dead; the standby takes over."""
        self.standby.run("pg_ctl", "-D", str(self.standby.data), "-w", "promote")


@contextmanager
def pair(*settings: str) -> Iterator[Pair]:
    """Both running, and nothing in them.

    :raises FileNotFoundError: without the binaries of a server on this machine
    """
    with cluster(*settings) as primary, _folder() as folder:
        standby = Cluster(folder, *settings)
        copy(primary, standby, "--write-recovery-conf")
        standby.start()
        try:
            yield Pair(primary, standby)
        finally:
            with suppress(subprocess.CalledProcessError):  # it may be down
                standby.stop()


class Archived:
    """A server whose log is copied away, segment by segment, to where it survives the server."""

    def __init__(self, server: Cluster, archive: Path) -> None:
        self.server = server
        self._archive = archive
        self._base: Path | None = None

    def back_up(self) -> None:
        """A copy of the server as it is now, beside the archive."""
        kept = Cluster(self._folder("base"))
        copy(self.server, kept)
        self._base = kept.data

    def mark(self, name: str) -> None:
        """A point to which it can be restored."""
        ask(self.server, f"SELECT pg_create_restore_point('{name}')")  # a test's own word

    def wait_until_kept(self) -> float:
        """Until all that is committed by now is in the archive; how many seconds it took.

        A mark of its own ends what is waited for: a segment without anything in it is not archived in time.
        """
        began_at = time.monotonic()
        (segment,) = ask(self.server, "SELECT pg_walfile_name(pg_create_restore_point('last'))")[0]
        kept = f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver"  # noqa: S608
        _wait(lambda: ask(self.server, kept) == [(True,)], "the log is archived")
        return time.monotonic() - began_at

    def destroy(self) -> None:
        """The machine is gone, and what was on its disks."""
        self.server.kill()
        shutil.rmtree(self.server.data, ignore_errors=True)
        _wait(lambda: not _answers(self.server), "the server is gone")
        shutil.rmtree(self.server.data, ignore_errors=True)

    def restore(self, *, to: str = "") -> None:
        """On a new disk, under the old address: the copy, and the log to a mark, or to its end.

        Of the copy's own timeline: what was archived by a server restored before is another history.
        """
        assert self._base
        subprocess.run(["cp", "-a", str(self._base), str(self.server.data)], check=True)  # noqa: S603, S607
        with (self.server.data / "postgresql.auto.conf").open("a") as file:
            file.write(f"restore_command = 'cp {self._archive}/%f \"%p\"'\nrecovery_target_timeline = 'current'\n")
            file.write(f"recovery_target_name = '{to}'\nrecovery_target_action = 'promote'\n" if to else "")
        (self.server.data / "recovery.signal").touch()
        self.server.start()
        _wait(lambda: ask(self.server, "SELECT pg_is_in_recovery()") == [(False,)], "the server has recovered")

    def _folder(self, name: str) -> Path:
        made = self._archive.parent / name
        made.mkdir()
        return made


@contextmanager
def archived(*settings: str) -> Iterator[Archived]:
    """A fresh server, running.

    :raises FileNotFoundError: without the binaries of a server on this machine
    """
    with _folder() as folder:
        archive = folder / "archive"
        archive.mkdir(mode=0o777)
        archive.chmod(0o777)  # the server's user may be another
        kept = f"{archive}/%f"
        command = f"archive_command='test ! -f {kept} && cp %p {kept}.half && mv {kept}.half {kept}'"
        with cluster("archive_mode=on", command, *settings) as server:
            yield Archived(server, archive)


def copy(server: Cluster, to: Cluster, *options: str) -> None:
    """Of a running server, into the folder of another that has not been started."""
    to.run(
        "pg_basebackup", "--pgdata", str(to.data), "--dbname", f"{server.url}/postgres", "--checkpoint=fast", *options,
    )


def ask(server: Cluster, query: str) -> list[tuple[Any, ...]]:
    """The rows of one statement."""
    with psycopg.connect(f"{server.url}/postgres", autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


def _set(server: Cluster, name: str, value: str) -> None:
    ask(server, f"ALTER SYSTEM SET {name} = '{value}'")
    ask(server, "SELECT pg_reload_conf()")


def _answers(server: Cluster) -> bool:
    with suppress(psycopg.OperationalError):
        return bool(ask(server, "SELECT 1"))
    return False


def _wait(until: Callable[[], object], what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < give_up_at, f"Waited {PATIENCE_S:.0f} s in vain until {what}."
        time.sleep(0.05)


@contextmanager
def _folder() -> Iterator[Path]:
    """One that the server's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="shop-postgresql-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
