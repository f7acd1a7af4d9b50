"""The settings of the OpenAPI document. Plain values: `config.settings` imports them before Django is set up."""

from typing import Any, Final

SPECTACULAR_SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "Storefront",
    "DESCRIPTION": (
        "The public API of the shop: catalogue, carts, checkout, orders, payments, stock, shipping.\n\n"
        "Money is an integer of minor units with its currency. Errors are problems (RFC 9457) with a stable `code`. "
        "A write that is sent again with the same `Idempotency-Key` has one effect and the same answer."
    ),
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SORT_OPERATIONS": True,
    "POSTPROCESSING_HOOKS": ["storefront.rest.schema.insert_components"],
}
DEFAULT_SCHEMA_CLASS: Final = "storefront.rest.schema.ModuleSchema"
