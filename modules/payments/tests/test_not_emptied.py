"""The ledger is not emptied either, row by row or in one go."""

import pytest
from django.db import DatabaseError, connections, transaction

from modules.payments.models import LedgerEntry
from modules.payments.tests.till import Till


@pytest.mark.postgresql
class TestTheLedger:
    @pytest.mark.parametrize("sql", [
        "TRUNCATE payments_ledgerentry", "TRUNCATE payments_payment CASCADE", "DELETE FROM payments_ledgerentry",
    ])
    def test_is_kept_by_the_database_itself(self, till: Till, sql: str) -> None:
        till.paid()
        kept = LedgerEntry.objects.count()
        cursor = connections["payments"].cursor()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using="payments"):
            cursor.execute(sql)

        assert LedgerEntry.objects.count() == kept > 0
