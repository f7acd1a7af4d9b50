"""One drawing for each kind of goods."""
