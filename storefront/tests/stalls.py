"""One face in several releases, as two processes may know it."""

from storefront.interface import Interface, Key, Value, command, query
from storefront.tests.toy import MODULE


class Fruit(Value):
    """What a stall deals in."""

    name: str
    is_ripe: bool = False


class Stall(Interface, module=MODULE):
    """The face as this process knows it."""

    @query(timeout=1)
    def sold(self, *, fruit: str) -> Fruit:
        """What was sold."""

    @command(timeout=1)
    def sell(self, *, key: Key, fruit: str) -> Fruit:
        """Sell it."""


class NewerStall(Interface, module=MODULE):
    """The face of a later release: it takes and tells more."""

    @query(timeout=1)
    def sold(self, *, fruit: str, since: str = "") -> Fruit:
        """What was sold."""

    @query(timeout=1)
    def wasted(self, *, fruit: str) -> Fruit:
        """What was not."""

    @command(timeout=1)
    def sell(self, *, key: Key, fruit: str) -> Fruit:
        """Sell it."""


class BrokenStall(Interface, module=MODULE):
    """A face that our calls do not fit."""

    @query(timeout=1)
    def sold(self, *, fruit: int) -> Fruit:
        """What was sold."""


class SecondStall(Interface, module=MODULE, version=2):
    """A face of which everything may have changed."""

    @query(timeout=1)
    def sold(self, *, fruit: str) -> Fruit:
        """What was sold."""
