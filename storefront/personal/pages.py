"""The back office's page of people: what is held of one, the file that tells them all of it, and forgetting them.

One path for all three, to which a fresh code leads back. An address comes in a form and never stands in a path: paths
are written to logs.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from storefront import clock
from storefront.backoffice.acting import Acting, Operator
from storefront.backoffice.log import HOME
from storefront.backoffice.stepping_up import ask_for_a_fresh_factor
from storefront.personal import everywhere
from storefront.personal.everywhere import Silent
from storefront.personal.forms import ErasureForm, PersonForm
from storefront.personal.subject import Kept, Report, summary
from storefront.topology import topology

SEE, FORGET = "personal.view_person", "personal.delete_person"
MOST = 20
"""Reasons of one module that a page shows."""


class Told(NamedTuple):
    """What a page says of a module."""

    module: str
    counts: list[tuple[str, int]]
    stays: list[str]
    more: int
    """Reasons that are not shown."""


def person(request: HttpRequest, site: Any) -> HttpResponse:
    """Who may not, or gave no code of late, learns nothing; that they tried is told."""
    act = request.POST.get("act", "")
    page, right = {"export": (_export, SEE), "erase": (_erase, FORGET)}.get(act, (_find, SEE))
    try:
        _admit(request, right)
    except PermissionDenied as refusal:
        if act in ("export", "erase"):
            _tell(request, act, request.POST.get("email", ""), outcome="forbidden", detail=str(refusal))
        raise
    return page(request, site)


def _admit(request: HttpRequest, right: str) -> None:
    user: Any = request.user
    if not user.has_perms([SEE, right]):
        raise PermissionDenied
    ask_for_a_fresh_factor(request, "What is held of a person")


def _find(request: HttpRequest, site: Any) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if not form.is_valid():
        return _shown(request, site, form)
    return _found(request, site, form, ErasureForm(initial=form.cleaned_data))


def _found(request: HttpRequest, site: Any, form: PersonForm, erasure: ErasureForm) -> HttpResponse:
    email = form.cleaned_data["email"]
    try:
        outlines = everywhere.outline(email)
    except Silent as silent:
        return _shown(request, site, form, silent=silent.module)
    told = [_told(each.module, each.held, each.stays) for each in outlines]
    return _shown(request, site, form, email=email, told=told, erasure=erasure)


def _export(request: HttpRequest, site: Any) -> HttpResponse:
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _shown(request, site, form)
    email = form.cleaned_data["email"]
    try:
        found = everywhere.export(email)
    except Silent as silent:
        _tell(request, "export", email, outcome="unavailable", detail=f"{silent.module} does not answer.")
        return _shown(request, site, form, silent=silent.module)
    _tell(request, "export", email, detail=f"{sum(map(len, found.modules.values()))} sorts of rows")
    name = f"personal-data-{clock.now():%Y-%m-%d}.json"
    return HttpResponse(
        msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n", content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _erase(request: HttpRequest, site: Any) -> HttpResponse:
    form, erasure = PersonForm(request.POST), ErasureForm(request.POST)
    if not form.is_valid():
        return _shown(request, site, form)
    if not erasure.is_valid():
        return _found(request, site, form, erasure)
    email, reports, silent, outcome = form.cleaned_data["email"], list[Report](), "", "failed"
    try:
        for report in everywhere.erase(email):
            reports.append(report)
        outcome = "done"
    except Silent as away:
        silent, outcome = away.module, "unavailable"
    finally:
        why = f"; {silent} does not answer" if silent else ""
        _tell(request, "erase", email, outcome=outcome, detail=summary(reports) + why)
    return _shown(
        request, site, form, email=email, silent=silent, is_erasing=True, erasure=ErasureForm(initial={"email": email}),
        done="Erased, but for what is said to stay." if any(each.kept for each in reports) else "Erased.",
        told=[_told(each.module, _rows(each), each.kept) for each in reports if each.erased or each.kept],
        left=[name for name in topology().modules if name not in {each.module for each in reports}],
    )


def _rows(report: Report) -> list[tuple[str, int]]:
    count = sum(rows for _, rows in report.erased)
    return [("rows erased", count)] if count else []


def _told(module: str, counts: Iterable[tuple[str, int]], kept: Iterable[Kept]) -> Told:
    reasons = Counter(each.why for each in kept)
    stays = [f"{why} ({count} rows)" if count > 1 else why for why, count in reasons.items()]
    return Told(module, list(counts), stays[:MOST], len(stays[MOST:]))


def _tell(request: HttpRequest, act: str, email: str, *, outcome: str = "done", detail: str = "") -> None:
    """In home's audit log, by a name that is nobody's."""
    user: Any = request.user
    operator = Operator(user.get_username(), user.get_full_name())
    Acting(HOME, operator=operator, action=f"{act} personal data", object_type="person").tell(
        object_id=everywhere.pseudonym(email), outcome=outcome, detail=detail
    )


def _shown(request: HttpRequest, site: Any, form: PersonForm, **facts: Any) -> HttpResponse:
    user: Any = request.user
    context = site.each_context(request) | {
        "title": "Personal data", "subtitle": None, "form": form, "may_erase": user.has_perm(FORGET),
        "pseudonym": everywhere.pseudonym(facts["email"]) if "email" in facts else "",
    }
    return TemplateResponse(request, "personal/person.html", context | facts)
