"""Forms that write over nothing that they did not show: what was changed meanwhile refuses them."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from storefront.backoffice.shown import Marks, differing, marks_of, read, rows_of, written
from storefront.database.router import alias_of

SHOWN = "_shown"
"""The hidden field."""
MEANWHILE = (
    "This was changed after you opened it, and nothing of yours was saved."
    ' <a href="{}" target="_blank" rel="noopener" class="underline">Open it anew</a> to go on from there. {}'
)


class Conditional:
    """The form of a row says what it showed; it is saved if that still stands, under a lock.

    The back office puts it in front of each admin class when it is registered, so that none can forget.
    """

    model: Any
    opts: Any
    change_form_before_template = "backoffice/shown.html"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **options: Any) -> HttpResponse:
        """With the marks of what is shown; a form to correct keeps those that it came with."""
        if options.get("change") and self.has_change_permission(request, options.get("obj")):  # type: ignore[attr-defined]
            formsets = [inline.formset for inline in context["inline_admin_formsets"] if _may_write(inline)]
            form = context["adminform"].form
            context["shown"] = request.POST.get(SHOWN, "") if form.is_bound else written(marks_of(form, formsets))
        shown: HttpResponse = super().render_change_form(request, context, **options)  # type: ignore[misc]
        return shown

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """As it stands when nobody else can change it any more, where it is about to be written."""
        found = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if found is None or request.method != "POST" or not connections[self._alias].in_atomic_block:
            return found
        self._lock(self.model, pk=found.pk)
        return super().get_object(request, object_id, from_field)  # type: ignore[misc]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """One that refuses, if what it showed is not what is there."""
        form = super().get_form(request, obj, change=change, **options)  # type: ignore[misc]
        if request.method != "POST" or not change or obj is None:
            return form
        now, shown = form(instance=obj), read(request.POST.get(SHOWN, ""))
        fields = dict(differing(now, shown.get("", {})))
        rows = list(self._rows_differing(request, obj, shown))
        said = format_html(MEANWHILE, request.get_full_path(), " ".join(rows))
        return _refusing(form, said, fields) if fields or rows else form

    def get_inline_formsets(self, request: HttpRequest, formsets: Any, inlines: Any, obj: Any = None) -> Any:
        """A form to correct shows each row that was sent, those too that are gone."""
        for formset, inline in zip(formsets, inlines, strict=True):
            if formset.is_bound and inline.has_change_permission(request, obj):
                formset._queryset = [form.instance for form in formset.initial_forms]
        return super().get_inline_formsets(request, formsets, inlines, obj)  # type: ignore[misc]

    def _rows_differing(self, request: HttpRequest, obj: Any, shown: Marks) -> Iterator[str]:
        """Sentences on the rows below."""
        for formset in self._formsets_now(request, obj):
            kind, now = str(formset.model._meta.verbose_name), rows_of(formset)
            before = {key for key in shown if key.startswith(f"{formset.prefix}:")}
            for key, row in now.items():
                if key not in before:
                    yield f"{kind.capitalize()} {row.instance} was added."
                for name, value in differing(row, shown.get(key, {})) if key in before else ():
                    yield f"{kind.capitalize()} {row.instance}, {row[name].label}: now {value}."
            if before - set(now):
                yield f"{kind.capitalize()}: {len(before - set(now))} deleted."

    def _formsets_now(self, request: HttpRequest, obj: Any) -> Iterator[Any]:
        """The rows below as they would be shown, locked."""
        for kind, inline in self.get_formsets_with_inlines(request, obj):  # type: ignore[attr-defined]
            if inline.has_change_permission(request, obj) or inline.has_delete_permission(request, obj):
                self._lock(kind.model, **{kind.fk.name: obj})
                options = self.get_formset_kwargs(  # type: ignore[attr-defined]
                    request, obj, inline, kind.get_default_prefix()
                )
                yield kind(**{name: options[name] for name in options if name not in ("data", "files", "save_as_new")})

    def _lock(self, model: Any, **rows: Any) -> None:
        """Against whoever writes them; not against rows that point to them. In one order everywhere."""
        locked = model._base_manager.using(self._alias).select_for_update(no_key=True)
        list(locked.filter(**rows).order_by("pk").values_list("pk"))

    @property
    def _alias(self) -> str:
        return alias_of(self.opts.app_label)


@cache
def conditional(admin_class: type) -> type:
    """The admin class whose forms refuse to write over what they did not show."""
    return type(admin_class.__name__, (Conditional, admin_class), {"__module__": admin_class.__module__})


class _Refusing:
    """A form that says what changed meanwhile, of all and of each field."""

    said_of_all: str
    said_of_fields: dict[str, str]

    def clean(self) -> Any:
        cleaned = super().clean()  # type: ignore[misc]
        form: Any = self
        form.add_error(None, self.said_of_all)
        for name, value in self.said_of_fields.items():
            form.add_error(name, f"Is now: {value}")
        return cleaned


def _refusing(form: Any, said: str, fields: dict[str, str]) -> Any:
    return type(form)(form.__name__, (_Refusing, form), {"said_of_all": said, "said_of_fields": fields})


def _may_write(inline: Any) -> bool:
    return bool(inline.has_change_permission or inline.has_delete_permission)
