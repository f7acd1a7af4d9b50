"""The rules of buying: no I/O, no framework."""
