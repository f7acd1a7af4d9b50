"""A module begins: written from a template, and enrolled in every topology of the shop."""
