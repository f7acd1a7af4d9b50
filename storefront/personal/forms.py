"""The forms of a person's page: whom it is about, and whether to forget them indeed."""

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from storefront.personal.subject import address_of

LONGEST = 254
"""Characters of an e-mail address."""


def _typed() -> UnfoldAdminTextInputWidget:
    """A line that no browser completes or keeps."""
    return UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "email"})


class PersonForm(forms.Form):
    """Who is meant."""

    email = forms.CharField(label="E-mail address", max_length=LONGEST, widget=_typed())

    def clean_email(self) -> str:
        """As it was typed, if it is an address."""
        try:
            return address_of(self.cleaned_data["email"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class ErasureForm(PersonForm):
    """What is erased does not come back, so the address is typed once more."""

    email = forms.CharField(max_length=LONGEST, widget=forms.HiddenInput)
    confirmation = forms.CharField(
        label="Type the address once more", max_length=LONGEST, required=False, widget=_typed()
    )

    def clean_confirmation(self) -> str:
        """The same address, however its letters are written."""
        typed: str = self.cleaned_data["confirmation"]
        if typed.lower() != self.cleaned_data.get("email", "").lower():
            raise forms.ValidationError("The address was not typed again as it is; nothing was erased.")
        return typed
