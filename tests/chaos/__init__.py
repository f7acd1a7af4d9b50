"""People buy while things go wrong, in real processes: `make chaos` in short, and single faults with numbers."""
