"""What the shop guarantees, under which faults, and which test shows it: docs/guarantees.md is made here."""
