"""`manage.py staff`: who may sign in, and the way back for those who cannot."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from storefront.backoffice.shell import shell_operator
from storefront.home import attempts, events, factor, signing_in
from storefront.home.roles import complete_roles
from storefront.listing import tell_each


class Command(BaseCommand):
    """list, reset-factor, unlock, sign-out; and reseal, after the keys of secrets at rest were rotated."""

    help = "Operators: list them; take off a lost device; unlock; end sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="Everybody who may sign in, and whether a device is enrolled.")
        for verb, what in (
            ("reset-factor", "Take a lost device off and end the sessions; a new one is enrolled at the next sign-in."),
            ("unlock", "Let somebody try again at once who failed too often."),
            ("sign-out", "End every session of somebody."),
        ):
            verbs.add_parser(verb, help=what).add_argument("username")
        verbs.add_parser("roles", help="Give the ready-made roles what they lack; takes nothing away.")
        verbs.add_parser("reseal", help="Put every secret under the newest sealing key, so that older ones can go.")

    def handle(self, *_: Any, **options: Any) -> None:
        verbs = {
            "list": self._list, "reset-factor": self._reset_factor, "unlock": self._unlock,
            "sign-out": self._sign_out, "roles": self._roles, "reseal": self._reseal,
        }
        verbs[options["verb"]](options)

    def _list(self, _: dict[str, Any]) -> None:
        people = get_user_model()._default_manager.filter(is_staff=True, is_active=True).order_by("username")
        tell_each(self.stdout, map(_line, people.select_related("second_factor").prefetch_related("groups")))

    def _reset_factor(self, options: dict[str, Any]) -> None:
        user = self._user(options)
        had_one, count = factor.remove(user), signing_in.end_sessions(user)
        events.told("take off the second factor", user, by=shell_operator(), detail=f"{count} sessions ended.")
        if not had_one:
            raise CommandError(f"{options['username']} has no second factor.")
        self.stdout.write(f"{options['username']}: taken off; {count} sessions ended.")

    def _unlock(self, options: dict[str, Any]) -> None:
        user = self._user(options)
        count = attempts.unlock(user.get_username(), user.pk)
        events.told("unlock", user, by=shell_operator(), detail=f"{count} waits ended.")
        self.stdout.write(f"{options['username']}: {count} waits ended.")

    def _sign_out(self, options: dict[str, Any]) -> None:
        user = self._user(options)
        count = signing_in.end_sessions(user)
        events.told("sign out everywhere", user, by=shell_operator(), detail=f"{count} sessions.")
        self.stdout.write(f"{options['username']}: {count} sessions ended.")

    def _roles(self, _: dict[str, Any]) -> None:
        given = complete_roles()
        for name, rights in sorted(given.items()):
            events.rights_given(name, rights, by=shell_operator())
            self.stdout.write(f"{name}: {', '.join(rights)}")
        self.stdout.write(f"{len(given)} roles lacked something.")

    def _reseal(self, _: dict[str, Any]) -> None:
        self.stdout.write(f"{factor.seal_anew()} second factors are sealed with the newest key.")

    def _user(self, options: dict[str, Any]) -> Any:
        try:
            return get_user_model()._default_manager.get_by_natural_key(options["username"])
        except get_user_model().DoesNotExist as error:
            raise CommandError(f"Nobody is called {options['username']}.") from error


def _line(user: Any) -> str:
    roles = ", ".join(["superuser"] * user.is_superuser + [group.name for group in user.groups.all()]) or "none"
    state = "enrolled" if hasattr(user, "second_factor") else "no second factor"
    return f"{user.get_username()}  {state}  {roles}"
