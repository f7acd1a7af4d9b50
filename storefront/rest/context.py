"""The request at hand, for logs."""

import logging
from contextvars import ContextVar

from storefront.cards import masked
from storefront.telemetry.trace import current_traceparent

request_id: ContextVar[str] = ContextVar("request_id", default="")


class MaskedLines(logging.Formatter):
    """Lines without card numbers, wherever in them one stood: the sentence, its values, or a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class RequestFields(logging.Filter):
    """Puts `request_id` and `trace_id` on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get() or "-"
        record.trace_id = current_traceparent()[3:35] or "-"
        return True
