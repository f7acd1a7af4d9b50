"""Races, on PostgreSQL: in one process with threads, and with two and four web processes over one database.

The short form is what CI runs. Longer ones by environment variables:
RACES_REPEATS: how often each race is run (1; a night: 100). RACES_SELLOUT: units that are sold out at the face of
inventory (400; long: 10,000). RACES_EXPIRING: reservations that run out in the same second (3,000; long: 50,000).
"""

import os

REPEATS = int(os.environ.get("RACES_REPEATS", "1"))
SELLOUT = int(os.environ.get("RACES_SELLOUT", "400"))
EXPIRING = int(os.environ.get("RACES_EXPIRING", "3000"))
