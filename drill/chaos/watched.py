"""Every process of the shop under trial does this first: it can be killed at named places, and its clock moved."""

import os
from pathlib import Path


def watch() -> None:
    """After Django's setup."""
    from storefront.testing.faults.points import Points
    from storefront.topology import modules_here

    asked = ("authorize", "capture", "void", "refund", "find")
    providers: list[tuple[type, tuple[str, ...]]] = []
    if "payments" in modules_here():
        from modules.payments.sandbox.provider import Sandbox

        providers.append((Sandbox, asked))
    Points(Path(os.environ["CHAOS_FOLDER"]), os.environ["CHAOS_NAME"]).watch(providers=providers)
