"""A whole shop in one process under a seed: its time, its databases, its calls and its broker are played."""
