"""A served shop leaves PostgreSQL room to breathe, and goes when its benchmark goes."""

import signal
import subprocess
import sys

import pytest

from benchmarks.shop import ROOT, SPARE_CONNECTIONS, pool_for

LEAVING = """
import time
from contextlib import ExitStack
from benchmarks.__main__ import heed_sigterm

heed_sigterm()
with ExitStack() as stack:
    stack.callback(print, "The server is stopped.")
    print("Measuring ...", flush=True)
    time.sleep(600)
"""


class TestPool:
    def test_is_none_where_every_thread_may_have_its_own(self) -> None:
        assert pool_for(workers=2, threads=2, aliases=8, most=100) == 0

    @pytest.mark.parametrize(("workers", "threads"), [(2, 8), (4, 2), (2, 64)])
    def test_keeps_many_threads_below_what_the_server_allows(self, workers: int, threads: int) -> None:
        pool = pool_for(workers=workers, threads=threads, aliases=8, most=100)

        assert 0 < workers * pool * 8 <= 100 - SPARE_CONNECTIONS

    def test_is_one_at_the_least(self) -> None:
        assert pool_for(workers=8, threads=8, aliases=8, most=20) == 1


class TestLeaving:
    def test_sigterm_undoes_what_was_begun(self) -> None:
        command = [sys.executable, "-c", LEAVING]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as benchmark:
            assert benchmark.stdout
            assert benchmark.stdout.readline() == "Measuring ...\n"

            benchmark.send_signal(signal.SIGTERM)

            assert benchmark.stdout.read() == "The server is stopped.\n"
            assert benchmark.wait() == 128 + signal.SIGTERM
