"""Where a process of the shop can be held, and killed; and a defect that can be planted in it."""

HANDLING = "handling"
"""A worker has handled a fact, and its transaction is open."""
ACKNOWLEDGING = "acknowledging"
"""A worker has committed, and told nobody."""
SENT = "sent"
"""The relay has sent a batch."""

TRUSTING = "trusting"
"""The relay takes the broker's word for the consumer's."""
