"""Whole shop-days under a seed, with faults at every commit and call; and what events and providers can do to it."""
