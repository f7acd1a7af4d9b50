"""What is written about topologies says what was measured, and under which circumstances."""

import msgspec

from benchmarks.hop import Hop
from benchmarks.topologies import DOCUMENT, TOPOLOGIES, Cost, inserted, late, report

SPLIT = Cost(
    topology="all-split", processes=12, call=Hop(0.91, 2.5), orders=21.25, order_p50=300.2, order_p99=512.6,
    failures={}, events=4321, memory=1043.4, others=0.01,
)


class TestReport:
    def test_has_a_line_per_topology_and_says_how_it_was_measured(self) -> None:
        lines = report([SPLIT], ["- Measured on a quiet day."]).splitlines()

        assert lines[2] == "| `all-split` | 12 | 0.91 | 2.50 | 21.2 | 300 | 513 | 4,321 | 1,043 |"
        assert lines[-1] == "- Measured on a quiet day."
        assert len({line.count("|") for line in lines[:3]}) == 1

    def test_a_hop_that_takes_too_long_is_named(self) -> None:
        slow = msgspec.structs.replace(SPLIT, call=Hop(1.6, 9.0))

        assert late([SPLIT, slow]) == [slow]
        assert late([msgspec.structs.replace(slow, topology="monolith")]) == []


class TestDocument:
    def test_keeps_what_people_wrote_around_the_figures(self) -> None:
        told = inserted("Before\n<!-- measured -->\nold\n<!-- /measured -->\nAfter\n", "new")

        assert told == "Before\n<!-- measured -->\nnew\n<!-- /measured -->\nAfter\n"

    def test_names_every_topology_that_is_measured(self) -> None:
        assert all(f"`{name}`" in DOCUMENT.read_text() for name in TOPOLOGIES)
