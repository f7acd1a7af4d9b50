"""What a cart may hold of a person: whatever its client wrote into its metadata."""

from typing import Any

from modules.cart.models import Cart
from storefront.personal import holds


def no_notes(_metadata: Any) -> dict[str, str]:
    """What is left of it."""
    return {}


holds(Cart, {"metadata": no_notes}, known_by=("id",), leads_to=("id",), with_rows=("lines",))
