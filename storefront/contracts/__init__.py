"""What crosses the borders of modules, written down: schemas, golden messages, and what a change would break."""
