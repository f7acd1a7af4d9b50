"""Those who carry parcels: a protocol, and the sandbox that needs no contract."""

from modules.shipping.carriers.protocol import Carrier
from modules.shipping.carriers.sandbox import SandboxCarrier

_CARRIERS: dict[str, Carrier] = {}


def register(carrier: Carrier) -> None:
    """Make a carrier known under its code; in a settings-specific app's `ready()`, or in a test."""
    _CARRIERS[carrier.code] = carrier


def find_carrier(code: str) -> Carrier | None:
    """The carrier of this code, if there is one."""
    return _CARRIERS.get(code)


register(SandboxCarrier())
