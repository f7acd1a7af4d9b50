"""The request at hand, for logs."""

import logging
from contextvars import ContextVar

from storefront.telemetry.trace import current_traceparent

request_id: ContextVar[str] = ContextVar("request_id", default="")


class RequestFields(logging.Filter):
    """Puts `request_id` and `trace_id` on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get() or "-"
        record.trace_id = current_traceparent()[3:35] or "-"
        return True
