"""What every admin of a module's rows does besides: write the module's audit log, and show it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from http import HTTPStatus
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern

from storefront.backoffice.acting import Acting, Operator, acting, current_act
from storefront.backoffice.log import OUTCOMES, Change, entries, log_of, readable
from storefront.database.router import alias_of

PER_PAGE = 50
OWN = frozenset({"", "changelist", "add", "change", "delete", "history"})
"""Django's own pages, which tell of themselves what they change, in the transaction of the change."""


class Audited:
    """Forms, deletions and actions leave their rows; an object's history shows them.

    The back office puts it in front of each admin class of a module when it is registered, so that none can forget.
    """

    model: Any
    opts: Any
    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        """The class's own pages, each of which knows who acts."""
        patterns: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        for pattern in patterns:
            pattern.callback = self._known(pattern.callback, pattern.name or "")
        return patterns

    def _known(self, page: Callable[..., HttpResponse], name: str) -> Callable[..., HttpResponse]:
        action = name.removeprefix(f"{self.opts.app_label}_{self.opts.model_name}_")

        @wraps(page)
        def attended(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            chosen = [unquote(kwargs["object_id"])] if "object_id" in kwargs else []
            if chosen and action not in OWN:  # Django's own pages unquote for themselves
                kwargs["object_id"] = chosen[0]
            if request.method != "POST" or not self.admin_site.has_permission(request):
                return page(request, *args, **kwargs)
            with self._acting(request, action, self._names(chosen)) as act:
                response = page(request, *args, **kwargs)
                if action not in OWN and response.status_code == HTTPStatus.FOUND:  # else a form to correct
                    act.tell_of_the_rest()
            return response

        return attended

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        """What is done to chosen rows is told of each of them; deleting them and telling so is one commit."""
        name = _chosen_action(request)
        if name == "delete_selected":
            with transaction.atomic(using=alias_of(self.opts.app_label)):
                return super().response_action(request, queryset)  # type: ignore[misc]
        with self._acting(request, name, self._chosen(request, queryset)) as act:
            response = super().response_action(request, queryset)  # type: ignore[misc]
            if act.objects and response is not None and response.status_code == HTTPStatus.FOUND:
                act.tell_of_the_rest()
        return response

    @contextmanager
    def _acting(self, request: HttpRequest, action: str, chosen: dict[str, str]) -> Iterator[Acting]:
        """Whatever is commanded meanwhile is this operator's deed; so is what is forbidden, or breaks off."""
        act = Acting(
            log_of(self.opts.app_label), operator=_operator(request), action=action, object_type=self.opts.model_name,
            objects=chosen, model=self.model,
        )
        if action not in OWN:
            act.before.take(self.model, chosen)
        with acting(act):
            try:
                yield act
            except Http404:
                raise
            except PermissionDenied:
                act.tell_of_the_rest(outcome="forbidden")
                raise
            except Exception as error:
                if action not in OWN:
                    act.tell_of_the_rest(outcome="failed", detail=f"{type(error).__name__}: {error}")
                raise

    def _names(self, chosen: list[str]) -> dict[str, str]:
        """What a chosen object is called, by its id."""
        if not chosen:
            return {}
        try:
            found = self.model._default_manager.filter(pk__in=chosen)
            return dict.fromkeys(chosen, "") | {str(each.pk): str(each) for each in found}
        except (TypeError, ValueError, ValidationError):  # nothing that could be an id of this model
            return dict.fromkeys(chosen, "")

    def _chosen(self, request: HttpRequest, queryset: Any) -> dict[str, str]:
        """The names of the rows that an action of the list is for."""
        if request.POST.get("select_across") != "1":
            queryset = queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
        return {str(each.pk): str(each) for each in queryset}

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """What the form changed, from what to what; goes to `log_addition` and `log_change`."""
        return [*_fields(form), *(change for formset in formsets or () for change in _rows(formset))]

    def log_addition(self, request: HttpRequest, obj: Any, message: list[Change]) -> None:
        """In the form's transaction."""
        self._tell(request, obj, "add", message)

    def log_change(self, request: HttpRequest, obj: Any, message: list[Change]) -> None:
        """In the form's transaction; a form that changed nothing is not told."""
        if message:
            self._tell(request, obj, "change", message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        """Before they are gone, in the transaction that deletes them."""
        for obj in queryset:
            kept = [Change(field.name, getattr(obj, field.attname), None) for field in obj._meta.concrete_fields]
            self._tell(request, obj, "delete", kept)

    def _tell(self, request: HttpRequest, obj: Any, action: str, changes: list[Change]) -> None:
        act = current_act() or Acting(log_of(self.opts.app_label), operator=_operator(request), action=action)
        act.tell(
            object_id=str(obj.pk), object_name=str(obj), object_type=self.opts.model_name, action=action,
            changes=changes,
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The object's rows of the audit log, newest first."""
        obj = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if obj is None and self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        if not self.has_view_or_change_permission(request, obj):  # type: ignore[attr-defined]
            raise PermissionDenied
        log = entries(log_of(self.opts.app_label))
        rows = log.filter(object_id=str(obj.pk), object_type__in=("", self.opts.model_name)).order_by("-id")
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
        context = self.admin_site.each_context(request) | {
            "title": f"History: {obj}", "subtitle": None, "opts": self.opts, "object": obj, "page": page,
            "entries": [
                (row, row.action.replace("_", " "), OUTCOMES.get(row.outcome, ""), readable(row.changes))
                for row in page
            ],
        } | (extra_context or {})
        return TemplateResponse(request, "backoffice/history.html", context)


@cache
def audited(admin_class: type) -> type:
    """The admin class with the audit log in front."""
    return type(admin_class.__name__, (Audited, admin_class), {"__module__": admin_class.__module__})


def _chosen_action(request: HttpRequest) -> str:
    """The name of the action, as Django finds it: the list has two places to choose one."""
    try:
        return str(request.POST.getlist("action")[int(request.POST.get("index", 0))])
    except (IndexError, ValueError):
        return ""


def _operator(request: HttpRequest) -> Operator:
    user: Any = request.user
    return Operator(user.get_username(), user.get_full_name() if user.is_authenticated else "")


def _fields(form: Any, prefix: str = "") -> Iterator[Change]:
    for name in form.changed_data:
        after = form.cleaned_data.get(name) if hasattr(form, "cleaned_data") else None
        upload = form.files.get(form.add_prefix(name))
        yield Change(f"{prefix}{name}", _value(form.initial.get(name)), upload.name if upload else _value(after))


def _rows(formset: Any) -> Iterator[Change]:
    """What became of the rows below the object."""
    kind = formset.model._meta.verbose_name
    if not hasattr(formset, "new_objects"):
        return
    for obj in formset.deleted_objects:
        yield Change(f"{kind} {obj}", str(obj), None)
    told = {id(obj): obj for obj in [*formset.new_objects, *(obj for obj, _ in formset.changed_objects)]}
    for form in formset.forms:
        if id(form.instance) in told:
            yield from _fields(form, f"{kind} {form.instance}: ")


def _value(value: Any) -> Any:
    match value:
        case models.Model():
            return str(value.pk)
        case models.QuerySet() | list() | tuple():
            return [str(each) for each in value]
        case UploadedFile():
            return value.name
    return value
