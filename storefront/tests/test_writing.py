"""Rows written without the ORM are what the ORM would have written."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connections

from storefront import clock
from storefront.database.writing import MANY, Sql, carry_out, fetched, inserted, rows_of, together, updated
from storefront.testing.world import World
from storefront.tests.toy import MODULE

Delivery: Any = apps.get_model(MODULE, "Delivery")


def owed(subject: str) -> Any:
    """A delivery that nobody has claimed, not saved."""
    now = clock.now()
    return Delivery(event_id=f"evt_{subject}", subscriber="kitchen", subject=subject, next_at=now, lease_until=now)


class TestInserted:
    def test_rows_are_read_back_as_they_were_given(self, world: World) -> None:
        rows = [owed("FIG"), owed("PLUM")]

        count = carry_out(MODULE, inserted(rows))

        found = Delivery.objects.order_by("id")
        compared = [field.attname for field in Delivery._meta.concrete_fields if field.attname != "id"]
        assert count == 2
        for row, given in zip(found, rows, strict=True):
            assert [getattr(row, name) for name in compared] == [getattr(given, name) for name in compared]

    def test_an_expression_stands_for_a_value_and_the_made_key_is_returned(self, world: World) -> None:
        ((key,),) = fetched(MODULE, inserted([owed("FIG")], returning="id", attempts=Sql("3 + 4")))

        assert Delivery.objects.get(id=key).attempts == 7


class TestUpdated:
    def test_only_rows_in_which_every_condition_holds(self, world: World) -> None:
        later = clock.now() + timedelta(hours=1)
        carry_out(MODULE, inserted([owed("FIG"), owed("PLUM")]))

        changes = {"attempts": Sql("attempts + 1"), "next_at": later}
        count = carry_out(MODULE, updated(Delivery, changes, where={"subject": "FIG", "is_dead": False}))

        assert count == 1
        assert dict(Delivery.objects.values_list("subject", "attempts")) == {"FIG": 1, "PLUM": 0}
        assert Delivery.objects.get(subject="FIG").next_at == later


class TestTogether:
    @pytest.mark.postgresql
    def test_the_last_write_reads_what_the_first_ones_return(self, world: World) -> None:
        first = {"fig": inserted([owed("FIG")], returning="id")}
        last = inserted([owed("PLUM")], attempts=Sql("(SELECT id FROM fig)"), returning="attempts")

        rows = fetched(MODULE, together(first, last))

        assert rows[0][0] == Delivery.objects.get(subject="FIG").id


ROWS = [
    (f"sku-{number}", number, number % 2 == 0, None if number % 3 else date(2026, 1, 1), None)
    for number in range(2 * MANY)
]


@pytest.mark.django_db(databases=["inventory"])
@pytest.mark.parametrize("count", [1, MANY - 1, MANY, 2 * MANY])
def test_many_rows_arrive_like_few(count: int) -> None:
    adapt = connections["inventory"].ops.adapt_datefield_value
    given, parameters = rows_of("inventory", [(*row[:3], adapt(row[3]), None) for row in ROWS[:count]])
    with connections["inventory"].cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE goods (sku text, amount int, is_even boolean, day date, note date)")
        cursor.execute(f"INSERT INTO goods {given}", parameters)
        cursor.execute("SELECT sku, amount, is_even, day, note FROM goods ORDER BY amount")
        found = cursor.fetchall()
        cursor.execute("DROP TABLE goods")
    days = [row[3].isoformat() if isinstance(row[3], date) else row[3] for row in found]
    assert [(row[0], row[1], bool(row[2]), row[4]) for row in found] == [(*row[:3], None) for row in ROWS[:count]]
    assert days == [row[3].isoformat() if row[3] else None for row in ROWS[:count]]
