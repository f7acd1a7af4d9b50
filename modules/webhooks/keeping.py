"""What becomes of webhooks' rows in time."""

from modules.webhooks.models import Endpoint, Fact, Message
from storefront.keeping import forgotten, kept

kept(Endpoint, why="machines keep it, 20 each at most")
forgotten(Message, after="30 days, if it was finished or its endpoint is disabled", by="clear_webhooks")
forgotten(Fact, after="30 days, if nobody is owed it any more", by="clear_webhooks")
