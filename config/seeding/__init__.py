"""What the shop starts with: the curated catalogue, or a large one made up."""
