"""What operators type: choices of options, prices, pictures."""

import re
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from modules.catalog.domain import quoted_with_tax
from modules.catalog.images import MOST_BYTES, BadPicture, Made, make
from modules.catalog.importing.cells import Unreadable, price
from modules.catalog.models import Category, Image, Option, Price, Variant
from modules.catalog.tree import path_of
from storefront.currency import EXPONENTS
from storefront.money import Money

CHOICE = re.compile(r"\s*([^:;]{1,100}?)\s*:\s*([^;]{1,255}?)\s*")
PRICE = re.compile(r"\s*([0-9.]+)\s*([A-Z]{3})\s*")


class VariantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A variant with its choice and its prices as text."""

    choice = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Size: L; Colour: red. Empty for a product without options.",
    )
    money = forms.CharField(label="Prices", widget=UnfoldAdminTextInputWidget, help_text="14.00 EUR; 15.50 USD")

    class Meta:
        model = Variant
        fields = ["sku", "weight_g", "barcode", "tax_class", "requires_shipping", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:
            self.initial["choice"] = "; ".join(f"{found['name']}: {found['value']}" for found in self.instance.options)
            self.initial["money"] = "; ".join(
                str(Money(found.amount_minor, found.currency)) for found in self.instance.prices.order_by("currency")
            )

    def clean_choice(self) -> list[dict[str, str]]:
        """The options as they are stored."""
        parts = [part for part in self.cleaned_data["choice"].split(";") if part.strip()]
        matches = [CHOICE.fullmatch(part) for part in parts]
        if not all(matches):
            raise forms.ValidationError("Write name and value of each option, such as Size: L; Colour: red.")
        return [{"name": match[1], "value": match[2]} for match in matches if match]

    def clean_money(self) -> list[Money]:
        """The prices, one per currency."""
        found: dict[str, Money] = {}
        for part in self.cleaned_data["money"].split(";"):
            match = PRICE.fullmatch(part)
            if not match or match[2] not in EXPONENTS or match[2] in found:
                raise forms.ValidationError("Write one amount for each currency, such as 14.00 EUR; 15.50 USD.")
            try:
                found[match[2]] = price(match[1], currency=match[2], column="The price")
            except Unreadable as unreadable:
                raise forms.ValidationError(str(unreadable)) from unreadable
        return list(found.values())

    def save(self, commit: bool = True) -> Variant:
        """The variant; its prices are written by the admin once it has a row."""
        self.instance.options = self.cleaned_data["choice"]
        saved: Variant = super().save(commit=commit)
        return saved


def write_prices(variant: Variant, wanted: list[Money]) -> list[Money]:
    """Make the variant's prices what is wanted. Returns those that existed and differ."""
    stored = {found.currency: found for found in variant.prices.all()}
    variant.prices.exclude(currency__in=[money.currency for money in wanted]).delete()
    changed = []
    for money in wanted:
        row = stored.get(money.currency) or Price(
            variant=variant, currency=money.currency, amount_minor=-1, includes_tax=quoted_with_tax(money.currency)
        )
        if row.amount_minor != money.amount:
            changed += [money] if row.pk else []
            row.amount_minor = money.amount
            row.save()
    return changed


class OptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """An option with its values as text."""

    listed = forms.CharField(label="Values", widget=UnfoldAdminTextInputWidget, help_text="S, M, L")

    class Meta:
        model = Option
        fields = ["name", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["listed"] = ", ".join(self.instance.values or [])

    def save(self, commit: bool = True) -> Option:
        """The option with each value once."""
        values = map(str.strip, self.cleaned_data["listed"].split(","))
        self.instance.values = list(dict.fromkeys(filter(None, values)))
        saved: Option = super().save(commit=commit)
        return saved


class ImageForm(forms.ModelForm):  # type: ignore[type-arg]
    """A picture; its renditions are made when it is uploaded."""

    upload = forms.FileField(required=False, widget=UnfoldAdminFileFieldWidget)

    class Meta:
        model = Image
        fields = ["alt", "position"]

    def clean_upload(self) -> Made | None:
        """What was made of the upload."""
        uploaded = self.cleaned_data["upload"]
        if uploaded is None:
            if self.instance._state.adding:
                raise forms.ValidationError("Choose a picture.")
            return None
        if uploaded.size > MOST_BYTES:
            raise forms.ValidationError(f"A picture has at most {MOST_BYTES // 1024 // 1024} MiB.")
        try:
            return make(uploaded.read())
        except BadPicture as error:
            raise forms.ValidationError(str(error)) from error

    def save(self, commit: bool = True) -> Image:
        """The image with its renditions; its source is the widest of them."""
        made = self.cleaned_data.get("upload")
        if made:
            image, widest = self.instance, made.renditions[-2]
            image.source, image.content_hash = widest.name, made.content_hash
            image.width, image.height = made.width, made.height
            image.thumbnail = made.renditions[0].name
            image.renditions = [
                {"format": found.format, "width": found.width, "height": found.height, "name": found.name}
                for found in made.renditions
            ]
        saved: Image = super().save(commit=commit)
        return saved


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]
    """A category whose place in the tree is free."""

    class Meta:
        model = Category
        fields = ["name", "slug", "parent", "position"]

    def clean(self) -> dict[str, Any]:
        """No category stands below itself, and no two in one place."""
        from modules.catalog.domain import slug_of

        cleaned: dict[str, Any] = super().clean() or {}
        if re.search(r"[>;]", cleaned.get("name", "")):
            self.add_error("name", "The signs > and ; separate categories in files; leave them out.")
        cleaned["slug"] = slug_of(cleaned.get("slug") or cleaned.get("name", ""))
        parent = cleaned.get("parent")
        if parent and self.instance.path and f"{parent.path}/".startswith(f"{self.instance.path}/"):
            self.add_error("parent", "A category cannot stand below itself.")
        path = path_of(Category(slug=cleaned["slug"], parent=parent))
        if Category.objects.filter(path=path).exclude(pk=self.instance.pk).exists():
            self.add_error("slug", f"There is a category {path} already.")
        return cleaned
