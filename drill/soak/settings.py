"""The shop's settings, but for windows in which what is over is kept: it is forgotten at the next turn.

No shop should do that, and the environment refuses it. The audit then looks for no facts that are gone.
"""

from config.settings import *  # noqa: F403

STOREFRONT_CALLS_KEPT_DAYS = STOREFRONT_FACTS_KEPT_DAYS = STOREFRONT_SAGAS_KEPT_DAYS = 0
