"""One database alias per module, the platform's tables in each, and the guards around them."""
