"""Log lines of a process under test: the sentence, and every field beside it."""

import logging

from storefront.cards import masked
from storefront.rest.context import MaskedLines

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id", "trace_id"}


class WithFields(MaskedLines):
    """Production sends fields to where they can be searched; a test's reader wants to see them."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {name: field for name, field in vars(record).items() if name not in _USUAL}
        return super().format(record) + (masked(f" {fields}") if fields else "")
