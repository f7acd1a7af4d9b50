"""What becomes of shipping's rows in time."""

from modules.shipping.models import CarrierReport, Lane, Method, Rate, Shipment, ShipmentEvent, Zone
from storefront.keeping import forgotten, kept

kept(Zone, Method, Lane, Rate, why="operators keep it: the tariff")
kept(Shipment, ShipmentEvent, why="what was sent with which order; its address is erased a year after it left")
forgotten(CarrierReport, after="90 days, if it was handled; no carrier sends it again then", by="forget_reports")
