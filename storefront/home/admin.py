"""People and roles in the back office: whoever changes them was at their device just now."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from storefront.backoffice.stepping_up import ask_for_a_fresh_factor
from storefront.home import attempts, events, factor, signing_in

RIGHTS = ("is_superuser", "is_staff", "groups", "user_permissions")


class SteppedUp:
    """Every change here needs a second factor that was given within ten minutes."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Actions change; looking does not."""
        _asked(request)
        return super().changelist_view(request, extra_context)  # type: ignore[misc,no-any-return]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Whose rights or name."""
        _asked(request)
        return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc,no-any-return]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A whole row."""
        _asked(request)
        return super().delete_view(request, object_id, extra_context)  # type: ignore[misc,no-any-return]


def _asked(request: HttpRequest) -> None:
    if request.method == "POST":
        ask_for_a_fresh_factor(request, "A change of people and their rights")


class OperatorAdmin(SteppedUp, UserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]  # unfold has no types
    """Who may sign in, with what rights; a lost device is taken off here."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "factor_shown", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    actions = ["take_off_device", "sign_out", "unlock"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With what the list shows of each."""
        found: QuerySet[User] = super().get_queryset(request)
        return found.select_related("second_factor").prefetch_related("groups")

    @display(description="Roles")  # type: ignore[untyped-decorator]
    def roles(self, user: User) -> str:
        names = sorted(group.name for group in user.groups.all())
        return ", ".join(["superuser"] * user.is_superuser + names) or "none"

    @display(description="Second factor", label={"enrolled": "success", "none": "warning"})  # type: ignore[untyped-decorator]
    def factor_shown(self, user: User) -> str:
        return "enrolled" if hasattr(user, "second_factor") else "none"

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Whoever sets a password could be that person."""
        _asked(request)
        return super().user_change_password(request, id, form_url)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser is changed by superusers only: else anybody who may change people could become one."""
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for a change."""
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and bool(super().has_delete_permission(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only superusers give rights away: nobody gives what they lack."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        return fixed if request.user.is_superuser else (*fixed, *RIGHTS)

    @admin.action(description="Take the lost device off, and end the sessions", permissions=["recover"])
    def take_off_device(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """They enrol a new one when they sign in next."""
        for user in users:
            had_one, count = factor.remove(user), signing_in.end_sessions(user)
            events.told(
                "take off the second factor", user, by=request.user, request=request,
                detail=f"{count} sessions ended." if had_one else "There was none.",
            )
        messages.success(request, f"{len(users)} will enrol a device at their next sign-in.")

    @admin.action(description="End all sessions", permissions=["recover"])
    def sign_out(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """They may sign in again."""
        for user in users:
            count = signing_in.end_sessions(user)
            events.told("sign out everywhere", user, by=request.user, detail=f"{count} sessions.", request=request)
        messages.success(request, f"{len(users)} are signed out.")

    @admin.action(description="Unlock after failed attempts", permissions=["recover"])
    def unlock(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """They may try again at once."""
        for user in users:
            attempts.unlock(user.get_username(), user.pk)
            events.told("unlock", user, by=request.user, request=request)
        messages.success(request, f"{len(users)} may try again.")

    def has_recover_permission(self, request: HttpRequest) -> bool:
        """To take a device off is half of becoming that person."""
        return bool(request.user.is_superuser)


class RoleAdmin(SteppedUp, GroupAdmin, ModelAdmin):  # type: ignore[misc]
    """What the roles may do; superusers change them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


for _model, _shown in ((User, OperatorAdmin), (Group, RoleAdmin)):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
    admin.site.register(_model, _shown)
