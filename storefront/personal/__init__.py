"""Personal data: what each module holds of a person, how it is told to them, and how it is forgotten.

A person is known by an e-mail address. What a module holds is declared in its `personal.py`; the platform finds the
rows that belong together by the ids that lead from one to the other, also in modules that know no address.
"""

from storefront.personal.declaring import Erasure, harmless, holds
from storefront.personal.masking import for_good
from storefront.personal.scrubbing import ERASED, place_only, without_people

__all__ = ["ERASED", "Erasure", "for_good", "harmless", "holds", "place_only", "without_people"]
