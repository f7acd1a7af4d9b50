"""What a saga itself refuses, when a module stays silent. Plain Python: faces name it."""

from storefront.interface import Refusal


class StepUnavailable(Refusal):
    """A part of the shop could not be reached in time; nothing was ordered."""

    code = "saga.unavailable"
    status = 503
    message = "{step}: no answer in time; everything was undone. Please try again."
    step: str
