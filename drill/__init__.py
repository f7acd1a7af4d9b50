"""A module leaves the running shop, and comes back, while people buy: `make drill`."""
