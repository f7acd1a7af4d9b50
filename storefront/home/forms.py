"""The forms of signing in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from storefront.home import attempts, events, factor
from storefront.home.attempts import Locked
from storefront.rest.client import network_of

LONGEST = 1_024
"""Characters of a password: hashing is dear, and nobody types a book."""


def told(error: Locked) -> ValidationError:
    """The same for an account that exists and for one that does not."""
    return ValidationError(f"Too many attempts. Try again after {error.until:%H:%M} UTC.", code="locked")


class SignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold has no types
    """Name and password; who guesses waits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].max_length = LONGEST
        self.fields["password"].validators.append(_not_too_long)

    def clean(self) -> dict[str, Any]:
        """Count, compare, take back."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name is None or not password:
            return dict(self.cleaned_data)
        try:
            counted = attempts.count(attempts.of_sign_in(name, network_of(self.request)))
        except Locked as error:
            raise told(error) from error
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            events.failed(self.request, name, step="password")
            raise
        attempts.take_back(counted)
        return cleaned


def _not_too_long(password: str) -> None:
    if len(password) > LONGEST:
        raise ValidationError(f"A password has {LONGEST} characters at most.", code="too_long")


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        max_length=40, label="Code", widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request, self._user = request, user
        self.accepted = ""

    def clean_code(self) -> str:
        """Count, compare, take back."""
        given: str = self.cleaned_data["code"]
        try:
            counted = attempts.count(attempts.of_code(self._user.pk))
        except Locked as error:
            raise told(error) from error
        self.accepted = self.checked(given)
        if not self.accepted:
            events.failed(self._request, self._user.get_username(), step="code")
            raise ValidationError("That code is wrong, or has been used. Wait for the next one.", code="wrong")
        attempts.take_back(counted)
        return given

    def checked(self, given: str) -> str:
        """What kind of code it is; empty if it is none of this person's."""
        return factor.accepts(self._user, given)


class EnrolForm(CodeForm):
    """The first code of a new device."""

    def __init__(self, *args: Any, secret: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._secret = secret
        self.recovery_codes: list[str] = []

    def checked(self, given: str) -> str:
        self.recovery_codes = factor.enrol(self._user, self._secret, given) or []
        return "code" if self.recovery_codes else ""
