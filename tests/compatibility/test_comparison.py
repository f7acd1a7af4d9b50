"""Additions pass, breaks are told: each planted in a real face."""

import copy
from collections.abc import Callable

import pytest

from storefront.contracts.comparison import breaks
from storefront.contracts.snapshot import Contract, contract_of
from tests.compatibility.planting import broken_by

Change = tuple[str, str]

CAPTURE = "def capture(self, *, key: Key, payment_id: str, amount: Money) -> PaymentView:"
QUOTE_FIELDS = "    sku: str\n    product_id: str\n    variant_id: str\n    title: str  # the product's\n"

BREAKS: list[tuple[str, Change, str]] = [
    # operations
    ("payments", ("    @query(timeout=0.5, refuses=(NotFound,))\n    def payment(", "    def payment("),
     "payments.payment: the operation is gone."),
    ("payments", ("def capture(", "def take("), "payments.capture: the operation is gone."),
    ("inventory",
     ("@command(timeout=2.0)\n    def release(self, *, key: Key,", "@query(timeout=2.0)\n    def release(self, *,"),
     "inventory.release: was a command and is a query."),
    ("shipping", ("@command(timeout=2.0, refuses=(NoRoute, ShipmentClosed))",
                  "@command(timeout=1.0, refuses=(NoRoute, ShipmentClosed))"),
     "shipping.arrange: callers wait 2 s, and get 1 s."),
    # requests
    ("payments", (CAPTURE, CAPTURE.replace("payment_id: str, ", "")),
     "payments.capture request.payment_id: the field is gone."),
    ("payments", (CAPTURE, CAPTURE.replace("amount: Money", "amount: Money, reason: str")),
     "payments.capture request.reason: is new and required."),
    ("payments", (CAPTURE, CAPTURE.replace("amount: Money", "amount: int")),
     "payments.capture request.amount: was a value, and is integer."),
    ("payments", (CAPTURE, CAPTURE.replace("payment_id: str, amount: Money", "amount: Money, payment_id: str")),
     "payments.capture request: its fields stand in another order, so a key would not know a repeated command again."),
    ("cart", ("Meta(min_length=1, max_length=64)", "Meta(min_length=1, max_length=32)"),
     "cart.create request.lines[].sku: maxLength was 64, and is 32."),
    ("cart", ("Annotated[str, msgspec.Meta(max_length=500, pattern=NO_NUL)]",
              'Annotated[str, msgspec.Meta(max_length=500, pattern=r"^[a-z]*$")]'),
     r"cart.create request.metadata[].value: pattern was ^[^\x00]*$, and is ^[a-z]*$."),
    ("inventory", ("change: Change, reason", "change: Count, reason"),
     "inventory.adjust request.change: minimum was -1000000000, and is 0."),
    ("catalog", ('Literal["draft", "active", "archived"] = "draft"', 'Literal["draft", "active"] = "draft"'),
     "catalog.put_product request.product.status: 'archived' is gone."),
    ("catalog", ('    tax_class: str = "standard"', '    tax_class: str = "reduced"'),
     "catalog.put_product request.product.variants[].tax_class: left out, it meant 'standard', and means 'reduced'."),
    ("shipping", ('    company: str = ""\n', "    company: str\n"),
     "shipping.arrange request.address.company: was optional, and is required."),
    # answers
    ("catalog", (QUOTE_FIELDS, QUOTE_FIELDS.replace("    variant_id: str\n", "")),
     "catalog.quotes answer[].variant_id: the field is gone."),
    ("catalog", (QUOTE_FIELDS, QUOTE_FIELDS + "    brand: str\n"),
     "catalog.quotes answer[].brand: is new and has no default, so what was written before cannot be read."),
    ("inventory", ("    expires_at: datetime\n    lines", "    expires_at: str\n    lines"),
     "inventory.reserve answer.expires_at: was date-time, and is text."),
    ("payments", ('"failed", "disputed"]', '"failed", "disputed", "expired"]'),
     "payments.payment answer.status: may be 'expired', which nobody knows yet."),
    ("payments", ('status: Literal["pending", "success", "failure"]', 'status: Literal["pending", "success"]'),
     "payments.refund answer.status: 'failure' is gone."),
    ("payments", ("    version: int\n    ledger", "    version: int | None\n    ledger"),
     "payments.payment answer.version: may be null, and was integer."),
    ("shipping", ("estimated_delivery: tuple[date, date]", "estimated_delivery: tuple[date, date, date]"),
     "shipping.quote answer[].estimated_delivery: had 2 items, and has 3."),
    ("checkout", ("class OrderSummary(Value):", "class OrderSummary(Value, forbid_unknown_fields=True):"),
     "checkout.orders answer[]: refuses unknown fields; what is answered and announced is read tolerantly."),
    # refusals
    ("payments", ("refuses=(PaymentDeclined, ActionRequired,", "refuses=(PaymentDeclined,"),
     "payments.authorize: no longer refuses with action_required."),
    ("payments", ('code = "payments.over_limit"', 'code = "payments.too_much"'),
     "payments.refund: no longer refuses with payments.over_limit."),
    ("payments", ("status = 402", "status = 409"), "payments refusal payment_declined: the status was 402 and is 409."),
    ("inventory", ("    requested: int\n    available: int\n", "    requested: int\n"),
     "inventory refusal inventory.out_of_stock facts.available: the field is gone."),
    # events
    ("payments", ('class PaymentVoided(Event, type="payments.payment_voided"',
                  'class PaymentVoided(Event, type="payments.voided"'),
     "payments.payment_voided: the event is gone."),
    ("checkout", ("    email: str\n    total: Money\n    skus", "    total: Money\n    skus"),
     "checkout.order_placed payload.email: the field is gone."),
    ("shipping", ("    shipment_id: str\n    delivered_at: datetime\n",
                  "    shipment_id: str\n    delivered_at: datetime\n    by: str\n"),
     "shipping.shipment_delivered payload.by: is new and has no default, so what was written before cannot be read."),
    ("inventory", ("    threshold: int\n", "    threshold: str\n"),
     "inventory.stock_ran_low payload.threshold: was integer, and is text."),
    ("payments", ('version=1, subject="order_id"):\n    """Money was taken',
                  'version=1, subject="payment_id"):\n    """Money was taken'),
     "payments.payment_captured: the subject was order_id and is payment_id; facts would overtake each other."),
    ("cart", ('type="cart.cart_expired", version=1', 'type="cart.cart_expired", version=2'),
     "cart.cart_expired: nothing makes version 2 of version 1; declare an @upcast."),
    ("cart", ('type="cart.cart_expired", version=1', 'type="cart.cart_expired", version=0'),
     "cart.cart_expired: went back from version 1 to 0."),
    # faces
    ("cart", ('module="cart", version=1', 'module="cart", version=0'), "cart: the face went back from version 1 to 0."),
]

BALANCE = "    @query(timeout=0.5)\n    def balance(self, *, currency: str) -> Money: ...\n\n"

ADDITIONS: list[tuple[str, str, Change]] = [
    ("an optional argument", "payments", (CAPTURE, CAPTURE.replace("amount: Money", 'amount: Money, note: str = ""'))),
    ("an operation", "payments",
     ("    @query(timeout=2.0)\n    def books", f"{BALANCE}    @query(timeout=2.0)\n    def books")),
    ("an optional field of an answer", "payments",
     ('    action_url: str = ""\n', '    action_url: str = ""\n    bank: str = ""\n')),
    ("a refusal", "payments", ("refuses=(NotFound, OverLimit,", "refuses=(NotFound, PaymentDeclined, OverLimit,")),
    ("an optional fact", "payments", ("    reason: str\n", '    reason: str\n    advice: str = ""\n')),
    ("more time", "payments",
     ("@command(timeout=5.0, refuses=(WrongState,))", "@command(timeout=9.0, refuses=(WrongState,))")),
    ("a wider limit", "cart", ("Meta(min_length=1, max_length=64)", "Meta(min_length=1, max_length=128)")),
    ("another choice", "catalog", ('"archived"] = "draft"', '"archived", "hidden"] = "draft"')),
    ("nothing instead of something", "inventory",
     ("low_stock_threshold: Count, back", "low_stock_threshold: Count | None, back")),
    ("an optional field of a sent value", "shipping",
     ('    phone: str = ""\n', '    phone: str = ""\n    door: str = ""\n')),
    ("an optional field of an event", "cart", ("    order_id: str\n", "    order_id: str\n    lines: int = 0\n")),
    ("other words", "payments",
     ('message = "Payment {payment_id} is voided."', 'message = "{payment_id} was voided."')),
]


class TestAdditiveOnly:
    @pytest.mark.parametrize(("module", "change", "told"), BREAKS, ids=[told for _, _, told in BREAKS])
    def test_a_break_is_told(self, module: str, change: Change, told: str) -> None:
        assert told in broken_by(module, change)

    @pytest.mark.parametrize(("what", "module", "change"), ADDITIONS, ids=[what for what, _, _ in ADDITIONS])
    def test_an_addition_passes(self, what: str, module: str, change: Change) -> None:
        assert broken_by(module, change) == []

    def test_nothing_is_told_of_what_did_not_change(self) -> None:
        assert broken_by("checkout") == []


def renamed(contract: Contract) -> None:
    contract["sagas"]["PlaceOrder 1"]["steps"][2]["name"] = "hold stock"


def reordered(contract: Contract) -> None:
    steps = contract["sagas"]["PlaceOrder 1"]["steps"]
    steps[5], steps[6] = steps[6], steps[5]


def without_the_saga(contract: Contract) -> None:
    contract["sagas"]["PlaceOrder 2"] = contract["sagas"].pop("PlaceOrder 1")


def without_a_field(contract: Contract) -> None:
    del contract["$defs"]["Placing"]["properties"]["payment_id"]


def with_a_new_version(contract: Contract) -> None:
    contract["sagas"]["PlaceOrder 2"] = contract["sagas"]["PlaceOrder 1"]


class TestASagaThatIsUnderWay:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (renamed, "checkout saga PlaceOrder 1: its steps changed; leave this version and add another."),
            (reordered, "checkout saga PlaceOrder 1: its steps changed; leave this version and add another."),
            (without_the_saga, "checkout saga PlaceOrder 1: is gone; what began in it could not end."),
            (without_a_field, "checkout saga PlaceOrder 1 state.payment_id: the field is gone."),
        ],
    )
    def test_ends_as_it_began(self, change: Callable[[Contract], None], told: str) -> None:
        assert saga_breaks(change) == [told]

    def test_may_have_a_successor(self) -> None:
        assert saga_breaks(with_a_new_version) == []


def saga_breaks(change: Callable[[Contract], None]) -> list[str]:
    before = contract_of("checkout")
    after = copy.deepcopy(before)
    change(after)
    return breaks("checkout", before, after, upcasts=frozenset())


class TestAnIntendedBreak:
    def test_of_an_event_is_a_new_version_that_the_old_is_upcast_to(self) -> None:
        changes = (
            ('type="cart.cart_completed", version=1', 'type="cart.cart_completed", version=2'),
            ('."""\n\n    cart_id: str\n    order_id: str\n\n', '."""\n\n    cart_id: str\n    order: str\n\n'),
        )

        assert broken_by("cart", *changes, upcasts=frozenset({("cart.cart_completed", 1)})) == []

    def test_of_a_face_is_a_new_version_which_no_process_of_the_old_may_call(self) -> None:
        changes = (('module="payments", version=1', 'module="payments", version=2'), ("def capture(", "def take("))

        assert broken_by("payments", *changes) == []
