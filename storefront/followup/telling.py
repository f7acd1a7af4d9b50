"""Who mends something by command instead of in the back office: the audit log knows them by their account."""

import getpass
import os

from storefront.backoffice.acting import Acting, Operator


def at_the_shell(module: str, action: str, *, object_type: str = "") -> Acting:
    """An act of whoever runs this command; their name is that of their account on this machine."""
    return Acting(module, operator=Operator(f"command line: {_account()}"), action=action, object_type=object_type)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return f"user {os.getuid()}"
