"""What is on the shelves of the shop under trial, and who buys how much of it."""

KINDS = 40
"""Of mugs with plenty in stock, so that no single one is what all wait for."""
SCARCE = 6
"""Of which there is less than is asked for."""
PRICE = 1250
"""Minor units."""


def on_hand(checkouts: int) -> dict[str, int]:
    """Units of each SKU at the beginning."""
    plenty = {f"MUG-{number:03}": max(500, checkouts // 8) for number in range(KINDS)}
    return plenty | {f"RARE-{number}": max(2, checkouts // 200) for number in range(SCARCE)}
