"""The audit of orders against what the other modules say of them."""
