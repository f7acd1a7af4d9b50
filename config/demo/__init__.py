"""Demo catalogue: goods, stock and pictures of a small shop for the home."""
