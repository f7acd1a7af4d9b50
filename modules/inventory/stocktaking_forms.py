"""The forms of the back office: what was found on the shelf, and why stock changes."""

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

MOST = 1_000_000_000


class StockForm(forms.Form):
    """`key` makes a form that is sent twice one command."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


class AdjustForm(StockForm):
    """Units to add or to take away."""

    change = forms.IntegerField(
        widget=UnfoldAdminIntegerFieldWidget, min_value=-MOST, max_value=MOST, help_text="Negative to take away."
    )
    reason = forms.CharField(
        widget=UnfoldAdminTextInputWidget, max_length=200, help_text="`received` if ordered goods came in."
    )


class CountForm(StockForm):
    """What was counted, when the level was at `version`."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on_hand = forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, min_value=0, max_value=MOST)
    reason = forms.CharField(widget=UnfoldAdminTextInputWidget, max_length=200, initial="counted")


class PolicyForm(StockForm):
    """How a SKU is sold when little or nothing is left."""

    low_stock_threshold = forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, min_value=0, max_value=MOST)
    backorder_limit = forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, min_value=0, max_value=MOST)
    expected_date = forms.DateField(widget=UnfoldAdminSingleDateWidget, required=False)
