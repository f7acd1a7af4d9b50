"""What granian serves of a shop in a hurry."""

from importlib import import_module

from config.wsgi import application

import_module("tests.faults.brokers.hurried")

__all__ = ["application"]
