"""What becomes of stock's rows in time."""

from modules.inventory.models import Level, Location, Movement, Reservation, ReservationLine, StockItem
from storefront.keeping import kept

kept(Location, StockItem, Level, why="operators keep it: it grows with the assortment, not with orders")
kept(Movement, why="the ledger of stock: counters are its sums, so it grows with the lines of orders")
kept(
    Reservation, ReservationLine,
    why="what an order owns of stock: they grow with orders; what was given back, or expired, goes after 90 days",
)
