"""One dependency of one module is down, slow or lying for a minute: who needs it waits or is refused, the others go on.

Every dependency that the wiring names is tried, so a module that is added tomorrow is too.
"""

import pytest

from storefront.testing.simulation.cell import Cell
from storefront.testing.simulation.trouble import Troubles
from tests.guarantees.cells import FAULTS, calls, modules, through_the_broker
from tests.simulation.play import Outcome, simulate

SEED = 5


def trial(module: str, dependency: str, fault: str) -> Outcome:
    """A day on which nothing but this one thing is wrong, and it is leant on."""
    outcome = simulate(SEED, troubles=Troubles({}, cell=Cell(module, dependency, fault)))
    assert outcome.suffered > 0, f"{module} never leant on {dependency} in this play."
    return outcome


@pytest.mark.usefixtures("stage_door")
@pytest.mark.parametrize("fault", FAULTS)
class TestInTrouble:
    """All buyers and operators get answers, lists are shown, and in the evening the books are right."""

    @pytest.mark.withstands("each caller", "each callee", "down")
    @pytest.mark.withstands("each caller", "each callee", "slow")
    @pytest.mark.withstands("each caller", "each callee", "lying")
    @pytest.mark.parametrize(("caller", "callee"), calls())
    def test_is_a_module_that_another_calls(self, caller: str, callee: str, fault: str) -> None:
        assert trial(caller, callee, fault).failures == []

    @pytest.mark.withstands("each module", "database", "down")
    @pytest.mark.withstands("each module", "database", "slow")
    @pytest.mark.withstands("each module", "database", "lying")
    @pytest.mark.parametrize("module", modules())
    def test_is_the_database_of_a_module(self, module: str, fault: str) -> None:
        assert trial(module, "database", fault).failures == []

    @pytest.mark.proves("R6", "R23")
    @pytest.mark.withstands("each hearer", "broker", "down")
    @pytest.mark.withstands("each hearer", "broker", "slow")
    @pytest.mark.withstands("each hearer", "broker", "lying")
    @pytest.mark.parametrize("module", through_the_broker())
    def test_is_the_broker_for_a_module(self, module: str, fault: str) -> None:
        assert trial(module, "broker", fault).failures == []

    @pytest.mark.proves("R11", "R12")
    @pytest.mark.withstands("payments", "provider", "down")
    @pytest.mark.withstands("payments", "provider", "slow")
    def test_is_the_bank(self, fault: str) -> None:
        assert trial("payments", "provider", fault).failures == []
