"""Two operators have one form open: whoever saves second does not write over what they never saw."""

import random
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client, RequestFactory
from django.urls import reverse

from modules.catalog.models import Image, Price, Product, Variant
from modules.catalog.tests.goods import mug, put
from modules.checkout.models import PurchaseLimit, TaxRate
from modules.inventory.models import Location
from modules.shipping.models import Lane, Method, Rate
from storefront.backoffice.conditional import Conditional
from tests.journeys.crowd import at_once
from tests.operators.browser import form_at
from tests.operators.office import Office, log_of

SAVED, REFUSED = 302, 200


def page(model: Any, pk: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[pk])


def sent(office: Office, address: str, form: dict[str, Any]) -> int:
    """From a browser of its own."""
    browser = Client()
    browser.cookies = office.client.cookies
    return browser.post(address, form).status_code


@pytest.fixture
def hall(office: Office) -> str:
    """The page of a location."""
    return page(Location, Location.objects.create(code="hall", name="Hall", priority=3).pk)


@pytest.fixture
def product(office: Office) -> str:
    """The page of a product with two variants and a picture."""
    product_id = put(office.world, mug()).product_id
    Image.objects.create(product_id=product_id, source="https://shop.example/mug.png", alt="A mug", position=0)
    return page(Product, product_id)


class TestOfTwoWhoHaveOneFormOpen:
    def test_the_second_is_refused_and_loses_nothing_typed(self, office: Office, hall: str) -> None:
        one, two = form_at(office.client, hall, name="Great hall"), form_at(office.client, hall, priority="9")

        answers = [office.client.post(hall, form) for form in (one, two)]

        assert [answer.status_code for answer in answers] == [SAVED, REFUSED]
        kept = Location.objects.get(code="hall")
        assert (kept.name, kept.priority) == ("Great hall", 3)
        shown = answers[1].content.decode()
        assert "nothing of yours was saved" in shown
        assert "Is now: Great hall" in shown
        assert 'value="9"' in shown
        assert len(log_of("inventory")) == 1

    def test_the_second_is_refused_again_until_the_page_is_opened_anew(self, office: Office, hall: str) -> None:
        stale = form_at(office.client, hall, priority="9")
        Location.objects.filter(code="hall").update(name="Great hall")

        refused = office.client.post(hall, stale)
        again = office.client.post(hall, stale | {"_shown": refused.context["shown"]})
        anew = office.client.post(hall, form_at(office.client, hall, priority="9"))

        assert [answer.status_code for answer in (refused, again, anew)] == [REFUSED, REFUSED, SAVED]

    @pytest.mark.parametrize("shown", ["", "{}", "[]", '{"":[]}', "no marks", '{"":{"name":"a"}}'])
    def test_a_form_that_does_not_say_what_it_showed_is_refused(self, office: Office, hall: str, shown: str) -> None:
        answer = office.client.post(hall, form_at(office.client, hall, name="Mine", _shown=shown))

        assert answer.status_code == REFUSED
        assert Location.objects.get(code="hall").name == "Hall"

    def test_one_of_four_at_the_same_moment_is_saved(self, committed_office: Office) -> None:
        office, fields = committed_office, {"name": "Great hall", "priority": "9"}
        Location.objects.create(code="hall", name="Hall", priority=3)
        forms = [form_at(office.client, page(Location, "hall"), **{name: fields[name]}) for name in [*fields, *fields]]

        statuses = at_once([partial(sent, office, page(Location, "hall"), form) for form in forms])

        kept = Location.objects.get(code="hall")
        assert sorted(statuses) == [REFUSED, REFUSED, REFUSED, SAVED]
        assert (kept.name, kept.priority) in {("Great hall", 3), ("Hall", 9)}

    @pytest.mark.postgresql  # elsewhere one writer at a time is let in, before it reads anything
    def test_nobody_writes_between_the_comparison_and_the_writing(self, committed_office: Office) -> None:
        Location.objects.create(code="hall", name="Hall", priority=3)
        form = form_at(committed_office.client, page(Location, "hall"), priority="9")
        others = [lambda: Location.objects.filter(code="hall").update(name="Great hall")]

        def interrupted(execute: Any, sql: str, *rest: Any) -> Any:
            if others and ("FOR NO KEY UPDATE" in sql or sql.startswith("UPDATE")):
                at_once([others.pop()])
            return execute(sql, *rest)

        with connections["inventory"].execute_wrapper(interrupted):
            answer = committed_office.client.post(page(Location, "hall"), form)

        kept = Location.objects.get(code="hall")
        assert (answer.status_code, kept.name, kept.priority) == (REFUSED, "Great hall", 3)

    def test_what_is_told_is_text(self, office: Office, hall: str, product: str) -> None:
        stale = [(address, form_at(office.client, address)) for address in (hall, product)]
        Location.objects.update(name="<script>1</script>")
        Variant.objects.update(barcode="<script>2</script>")

        for address, form in stale:
            shown = office.client.post(address, form).content.decode()

            assert "now" in shown
            assert "<script>1" not in shown
            assert "<script>2" not in shown

    def test_every_kind_of_value_is_told_as_it_is_now(self, office: Office, product: str) -> None:
        Product.objects.update(metadata={"colour": "crimson"}, tags=["new", "mug"])

        answer = office.client.post(product, form_at(office.client, product, _shown=""))

        errors = answer.context["adminform"].form.errors
        assert (errors["metadata"], errors["tags"]) == (['Is now: {"colour": "crimson"}'], ["Is now: new, mug"])

    def test_who_gives_a_role_does_not_take_another_away(self, office: Office) -> None:
        packers, clerks = (Group.objects.create(name=name) for name in ("Packers", "Clerks"))
        grace = User.objects.create_user("grace", "grace@shop.example", "a long enough passphrase", is_staff=True)
        address = page(User, grace.pk)
        one, two = (form_at(office.client, address, groups=[role.pk]) for role in (packers, clerks))

        answers = [office.client.post(address, form) for form in (one, two)]

        assert [answer.status_code for answer in answers] == [SAVED, REFUSED]
        assert list(grace.groups.all()) == [packers]
        assert "Is now: Packers" in answers[1].content.decode()


class TestRowsBelow:
    def test_a_price_that_was_changed_meanwhile_stays(self, office: Office, product: str) -> None:
        stale = form_at(office.client, product, title="Crimson mug")
        Price.objects.filter(variant__sku="RED-MUG-L", currency="EUR").update(amount_minor=1_999)

        answer = office.client.post(product, stale)

        assert answer.status_code == REFUSED
        assert "Variant RED-MUG-L, Prices: now 19.99 EUR." in answer.content.decode()
        assert Price.objects.get(variant__sku="RED-MUG-L", currency="EUR").amount_minor == 1_999
        assert Product.objects.get().title == "Red mug"

    def test_a_picture_that_was_changed_meanwhile_stays(self, office: Office, product: str) -> None:
        stale = form_at(office.client, product, title="Crimson mug")
        Image.objects.update(alt="A better mug")

        answer = office.client.post(product, stale)

        assert answer.status_code == REFUSED
        assert (Image.objects.get().alt, Product.objects.get().title) == ("A better mug", "Red mug")

    def test_one_that_was_deleted_meanwhile_is_told(self, office: Office, product: str) -> None:
        stale = form_at(office.client, product, **{"variants-1-weight_g": "777", "title": "Crimson mug"})
        Variant.objects.filter(sku=stale["variants-0-sku"]).delete()

        answer = office.client.post(product, stale)

        assert answer.status_code == REFUSED
        shown = answer.content.decode()
        assert "Variant: 1 deleted." in shown
        assert 'value="777"' in shown
        assert Product.objects.get().title == "Red mug"

    def test_one_without_a_name_of_its_own_is_told_too(self, office: Office) -> None:
        method = Method.objects.filter(lanes__isnull=False).first()
        assert method
        stale = form_at(office.client, page(Method, method.pk), service="Sooner")
        Lane.objects.filter(method=method).first().delete()  # type: ignore[union-attr]

        answer = office.client.post(page(Method, method.pk), stale)

        assert answer.status_code == REFUSED
        assert "Lane: 1 deleted." in answer.content.decode()

    def test_one_that_was_added_meanwhile_is_told(self, office: Office) -> None:
        lane = Lane.objects.filter(rates__isnull=False).first()
        assert lane
        stale = form_at(office.client, page(Lane, lane.pk), days_max="9")
        Rate.objects.create(
            lane=lane, currency="CHF", starts_at=0, price_minor=900, price_includes_tax=True, free_over_minor=None
        )

        answer = office.client.post(page(Lane, lane.pk), stale)

        assert answer.status_code == REFUSED
        assert "was added." in answer.content.decode()
        assert Lane.objects.get(pk=lane.pk).days_max == lane.days_max


class TestAnUnchangedForm:
    def test_is_always_saved(self, office: Office, hall: str, product: str) -> None:
        Product.objects.update(title="Red “mug” & more", description="<p>Two</p>\n<p>lines</p>")
        TaxRate.objects.create(country="DE", tax_class="books", rate_ppm=70_000)
        PurchaseLimit.objects.create(sku="RED-MUG-L", units=2)
        clerks = Group.objects.create(name="Clerks")
        User.objects.create_user("grace", password="a long enough passphrase", is_staff=True).groups.add(clerks)

        answers = {
            address: office.client.post(address, form_at(office.client, address)).status_code
            for address in editable(office)
        }

        assert len(answers) > 10
        assert {address for address, status in answers.items() if status != SAVED} == set()

    def test_is_saved_whatever_its_values_are(self, office: Office, hall: str) -> None:
        draw = random.Random(17)
        for _ in range(20):
            name = "".join(draw.choices(" \"'<&>=;äß日本\u00a04", k=12)).strip() or "x"
            Location.objects.filter(code="hall").update(name=name, priority=draw.randrange(1, 1000))

            answer = office.client.post(hall, form_at(office.client, hall))

            assert answer.status_code == SAVED, name


class TestEveryPage:
    def test_that_changes_rows_says_what_it_showed(self, office: Office, hall: str, product: str) -> None:
        PurchaseLimit.objects.create(sku="RED-MUG-L", units=2)
        TaxRate.objects.create(country="DE", tax_class="books", rate_ppm=70_000)
        Group.objects.create(name="Clerks")

        bare = [address for address in editable(office) if not form_at(office.client, address).get("_shown")]

        assert bare == []

    def test_is_guarded_wherever_it_is_registered(self) -> None:
        pages: list[object] = list(admin.site._registry.values())

        assert pages
        assert [shown for shown in pages if not isinstance(shown, Conditional)] == []

    def test_changes_no_rows_in_its_list(self) -> None:
        """Lists that can be edited do not say what they showed."""
        assert [shown for shown in admin.site._registry.values() if shown.list_editable] == []

    def test_to_add_or_only_to_look_at_says_nothing(self, office: Office) -> None:
        level = office.stock("RED-MUG", 5)

        assert "_shown" not in office.open("inventory_location_add").content.decode()
        assert "_shown" not in office.open("inventory_level_change", level.pk).content.decode()


def editable(office: Office) -> list[str]:
    """The page of one row of each model whose rows are changed in forms."""
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(username="ada")
    found, without = [], []
    for model, shown in admin.site._registry.items():
        row = model._default_manager.last()
        if shown.has_change_permission(request, row):
            found += [page(model, row.pk)] if row else []
            without += [] if row else [model]
    assert without == []
    return found
