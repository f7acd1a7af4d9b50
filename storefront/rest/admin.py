"""Keys in the admin: made here and shown once, never edited, revoked by an action."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from storefront.rest.keys import checked_scopes, mint, revoke
from storefront.rest.models import ApiKey


class NewKey(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What an operator says about a new key."""

    class Meta:
        model = ApiKey
        fields = ["name", "scopes"]
        widgets = {"name": UnfoldAdminTextInputWidget, "scopes": UnfoldAdminTextInputWidget}

    def clean_scopes(self) -> str:
        try:
            return " ".join(checked_scopes(self.cleaned_data["scopes"].replace(",", " ").split()))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):  # type: ignore[misc]
    """A window on the keys; the secret is told once, when a key is made."""

    form = NewKey
    list_display = ["name", "shown_prefix", "scopes", "last_used_at", "state"]
    list_filter = ["revoked_at"]
    search_fields = ["name", "prefix", "scopes"]
    actions = ["revoke_keys"]

    @admin.display(description="Key")
    def shown_prefix(self, key: ApiKey) -> str:
        return f"sk_{key.prefix}_…"

    @display(description="State", label={"active": "success", "revoked": "danger"})  # type: ignore[untyped-decorator]
    def state(self, key: ApiKey) -> str:
        return "revoked" if key.revoked_at else "active"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        row, key = mint(name=obj.name, scopes=obj.scopes.split())
        obj.pk, obj.prefix = row.pk, row.prefix
        messages.warning(request, f"Keep this key, it is shown this once: {key}")

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke_keys(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """End the chosen keys at once."""
        count = sum(revoke(key.prefix) for key in keys)
        messages.success(request, f"{count} revoked.")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("rest.change_apikey"))
