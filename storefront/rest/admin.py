"""Keys in the admin: made here and shown once, never edited, revoked by an action."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from storefront.backoffice.stepping_up import ask_for_a_fresh_factor
from storefront.rest.keys import checked_scopes, mint, prefix_in, revoke
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
    search_help_text = "A name, a scope, or a key as it was found somewhere: sk_..."
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

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The page shows a secret, so whoever opens it was at their device just now."""
        ask_for_a_fresh_factor(request, "A new key")
        return super().add_view(request, form_url, extra_context)  # type: ignore[no-any-return]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """A leaked key is found by what leaked: the whole of it, or any part with its prefix."""
        found = prefix_in(search_term)
        return super().get_search_results(request, queryset, found or search_term)

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
