"""The journey to paste: three calls that place an order, then the carrier's delivery."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from django.conf import settings

BUYING = r"""
API={api}
CART=$(curl -s $API/carts -H 'Content-Type: application/json' -d '
  {"currency": "EUR", "lines": [{"sku": "{sku}", "quantity": 2}]}' | sed 's/^{"id":"\([^"]*\)".*/\1/')
CHECKOUT=$(curl -s $API/checkouts -H 'Content-Type: application/json' -d '
  {"cart": "'$CART'", "email": "ada@example.org", "shipping_option": "standard",
   "shipping_address": {"name": "Ada", "line1": "Ring 1", "city": "Berlin", "postal_code": "10178", "country": "DE"},
   "payment": {"provider": "sandbox", "token": "tok_visa"}}' | sed 's/^{"id":"\([^"]*\)".*/\1/')
ORDER=$(curl -s $API/checkouts/$CHECKOUT/complete -H 'Content-Type: application/json' \
  -H "Idempotency-Key: $CHECKOUT" -d '{}' | sed 's/^{"id":"\([^"]*\)".*/\1/')
curl -s "$API/orders/$ORDER?checkout=$CHECKOUT"; echo
"""

DELIVERING = r"""
for second in $(seq 20); do
  SHIPMENT=$(curl -s "$API/orders/$ORDER?checkout=$CHECKOUT" | grep -o 'shp_[0-9A-Z]*') && break; sleep 1; done
DATA_DIR={data_dir} {python} manage.py sandbox_carrier deliver $SHIPMENT --url {origin}
for second in $(seq 20); do
  curl -s "$API/orders/$ORDER?checkout=$CHECKOUT" | grep -o '"fulfilment_status":"delivered"' && break; sleep 1; done
"""


def buying(api: str, sku: str) -> str:
    """Lines for a shell such as bash or zsh, with curl and sed, that buy two units."""
    return _filled(BUYING, api=api, sku=sku)


def delivering(origin: str) -> str:
    """Lines that go on where `buying` ended."""
    python, here = Path(sys.executable), Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return _filled(
        DELIVERING, origin=origin, python=shlex.quote(str(shown)), data_dir=shlex.quote(os.fspath(settings.DATA_DIR))
    )


def sku_in_stock(api: str) -> str:
    """A SKU that the running shop can sell at this moment.

    :raises LookupError: it has none
    """
    mugs, anything = (f"{api}/products?{chosen}&in_stock=true&limit=5" for chosen in ("category=mugs", "sort=price"))
    for product in [*_get(mugs)["data"], *_get(anything)["data"]]:
        for variant in _get(f"{api}/products/{product['slug']}")["variants"]:
            if variant["availability"] == "in_stock":
                return str(variant["sku"])
    raise LookupError("Nothing is in stock.")


def _get(url: str) -> Any:
    with urlopen(url, timeout=10) as answer:  # noqa: S310  # our own address
        return json.load(answer)


def _filled(text: str, **parts: str) -> str:
    for name, part in parts.items():
        text = text.replace(f"{{{name}}}", part)
    return text.strip()
