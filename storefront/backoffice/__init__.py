"""What every module's admin stands on."""

from storefront.backoffice.window import Window

__all__ = ["Window"]
