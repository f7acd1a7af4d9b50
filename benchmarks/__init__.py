"""What the shop can bear, and what its parts cost. `python -m benchmarks` sets everything up and measures it."""
