"""Faults for tests: a plan of them by seed, a wire that misbehaves, places where a process dies."""
