"""Operators and their groups, in the theme of the back office; in the process where they sign in."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from storefront.followup import pages as _follow_up_pages  # noqa: F401  # registers them
from storefront.topology import is_home


class OperatorAdmin(UserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]  # unfold has no types
    """Who works here, and what they may do in which module."""

    compressed_fields = False  # two lists of rights stand side by side
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


class OperatorGroupAdmin(GroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Rights that several operators share."""


if is_home():
    admin.site.unregister([User, Group])
    admin.site.register(User, OperatorAdmin)
    admin.site.register(Group, OperatorGroupAdmin)
