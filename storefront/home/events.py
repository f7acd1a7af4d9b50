"""What is told of sign-ins: rows of the home process's own audit log."""

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest

from storefront.backoffice import log
from storefront.backoffice.acting import current_act
from storefront.backoffice.log import Change, Deed
from storefront.rest.client import address_of

NOBODY = "(unknown)"


def told(
    action: str, user: Any, *, by: Any = None, outcome: str = "done", detail: str = "",
    changes: tuple[Change, ...] = (), request: HttpRequest | None = None,
) -> None:
    """What happened to an operator's way in. by: who did it, if not they themselves; a user or a name."""
    actor = user if by is None else by
    operator = actor if isinstance(actor, str) else actor.get_username()
    name = "" if isinstance(actor, str) else actor.get_full_name()
    given = [*changes, *([Change("address", None, address_of(request))] if request else [])]
    log.write(log.HOME, Deed(
        operator=operator, operator_name=name, action=action, command="", outcome=outcome, detail=detail,
        object_type="user", object_id=str(user.pk), object_name=user.get_username(), changes=given,
    ))
    act = current_act()
    if act is not None:  # the back office need not tell of it once more
        act.told.add(str(user.pk))


def failed(request: HttpRequest, name: str, *, step: str) -> None:
    """A wrong password or code. A name that nobody has is not written down: it may be a password."""
    user = get_user_model()._default_manager.filter(username=name).first()
    log.write(log.HOME, Deed(
        operator=user.get_username() if user else NOBODY, operator_name="", action="sign in", command="",
        outcome="refused", detail=f"Wrong {step}.", object_type="user", object_id=str(user.pk) if user else "",
        object_name=user.get_username() if user else "", changes=[Change("address", None, address_of(request))],
    ))


def rights_given(role: str, rights: list[str], *, by: str) -> None:
    """A ready-made role got what it lacked."""
    log.write(log.HOME, Deed(
        operator=by, operator_name="", action="change", command="", outcome="done", detail="", object_type="group",
        object_id="", object_name=role, changes=[Change("permissions", None, rights)],
    ))
