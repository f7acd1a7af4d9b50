"""Work that spans modules: durable steps, each with its undo, around one point of no return."""

from storefront.sagas.definition import Pivot, Saga, Step
from storefront.sagas.runner import progress, start
from storefront.sagas.store import Run

__all__ = ["Pivot", "Run", "Saga", "Step", "progress", "start"]
