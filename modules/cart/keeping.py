"""What becomes of carts in time."""

from modules.cart.models import Cart, Line, Tombstone
from storefront.keeping import forgotten

forgotten(Cart, Line, after="its time, which every change puts off", by="expire_carts")
forgotten(Tombstone, after="no freeze can come any more", by="forget_tombstones")
