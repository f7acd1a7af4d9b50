"""Facts name orders, and what an operator wrote about them; `public.py` withholds what they tell of people."""

from modules.webhooks.models import Endpoint, Fact, Message
from storefront.personal import harmless, holds

holds(Fact, {}, known_by=("subject",), texts=("payload",))
holds(Message, {}, known_by=("subject",), texts=("answer",))
harmless(Endpoint, disabled_reason="one of four words")
harmless(Fact, name="of a kind of fact")
