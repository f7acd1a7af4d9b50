"""How every table is kept bounded, or why its rows are kept: declared by each module, checked, and done by jobs."""

from storefront.keeping.declaring import forgotten, kept
from storefront.keeping.sweeping import forget

__all__ = ["forget", "forgotten", "kept"]
