"""What becomes of checkout's rows in time."""

from modules.checkout.models import Checkout, Order, OrderFlag, OrderLine, TaxRate, TimelineEntry
from storefront.keeping import forgotten, kept

kept(
    Order, OrderLine, OrderFlag, TimelineEntry,
    why="what was sold, which the law wants for ten years; who bought it is erased after STOREFRONT_INVOICE_YEARS",
)
kept("checkout.purchaselimit", why="operators keep it: a row for each limited SKU")
kept("checkout.purchase", why="rows for each order of a limited SKU, as long as the limit counts them")
kept(TaxRate, why="operators keep it: a row for each rate")
forgotten(Checkout, after="30 days without an order, 90 days with one", by="forget_checkouts")
