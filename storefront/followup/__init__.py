"""What waits for an operator: each module's matters, with their causes and age, and what can be done about them."""

from storefront.followup.matter import Matter, Seen, follow_up

__all__ = ["Matter", "Seen", "follow_up"]
