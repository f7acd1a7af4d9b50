"""The forms of the back office: how much to capture or refund, and why."""

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from storefront.currency import exponent
from storefront.money import Money, Rounding


class MovementForm(forms.Form):
    """An amount in major units. `key` makes a form sent twice one movement."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)
    amount = forms.DecimalField(max_digits=18, widget=UnfoldAdminDecimalFieldWidget)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["amount"].label = f"Amount in {currency}"

    def clean_amount(self) -> Money:
        """As money, which has no fractions of a minor unit."""
        wanted: Decimal = self.cleaned_data["amount"]
        if wanted <= 0 or wanted != round(wanted, exponent(self.currency)):
            raise forms.ValidationError(f"Give a positive amount with {exponent(self.currency)} decimals.")
        return Money.from_decimal(wanted, self.currency, rounding=Rounding.HALF_UP)


class RefundForm(MovementForm):
    """A refund says why."""

    reason = forms.CharField(widget=UnfoldAdminTextInputWidget, max_length=200)


class VoidForm(forms.Form):
    """Nothing to choose; asks for a second look."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)
