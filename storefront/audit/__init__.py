"""The books, checked: each module against itself, the highest against what the others say, payments against the bank's.

A module's checks are the functions `audit()`, of its own tables, and `across()`, of what it asks the others, in its
`audit.py`. What is derivable carries its repair.
"""

from storefront.audit.books import findings
from storefront.audit.finding import Finding, NotDerivable

__all__ = ["Finding", "NotDerivable", "findings"]
