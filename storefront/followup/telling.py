"""Who mends something by command instead of in the back office: the audit log knows them by their account."""

from storefront.backoffice.acting import Acting, Operator
from storefront.backoffice.shell import shell_operator


def at_the_shell(module: str, action: str, *, object_type: str = "") -> Acting:
    """An act of whoever runs this command; their name is that of their account on this machine."""
    return Acting(module, operator=Operator(shell_operator()), action=action, object_type=object_type)
