"""The key of a command, made from the `Idempotency-Key` of a request."""

import hashlib
import re
import secrets
from typing import Any

from storefront.rest.client import address_of
from storefront.rest.fault import Fault

_VISIBLE = re.compile(r"[!-~]{1,255}")
_SECRET_ID = re.compile(r"/[a-z]+_[0-9A-Z]{36}(?:/|$)")


def key_of(request: Any, *, required: bool) -> str:
    """The command's key: the same for the same client, method, path and header; of chance without a header.

    :raises Fault: 400 if the header is missing though required, or is not 1 to 255 visible ASCII characters
    """
    given: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if given is None:
        if required:
            raise Fault("idempotency_key_missing", "Send an Idempotency-Key: any text that is new for each intent.")
        return f"api_{secrets.token_hex(20)}"
    if not _VISIBLE.fullmatch(given):
        raise Fault("idempotency_key_malformed", "An Idempotency-Key is 1 to 255 visible ASCII characters.")
    scope = "\n".join((principal_of(request), request.method or "", request.path, given))
    return f"api_{hashlib.sha256(scope.encode()).hexdigest()}"


def principal_of(request: Any) -> str:
    """Whose key it is: a machine's, or a guest's, known by the secret id in the path or by the address.

    A guest who holds a secret id may change networks between two attempts.
    """
    machine = getattr(request, "auth", None)
    if machine is not None:
        return f"key:{machine.prefix}"
    return "guest" if _SECRET_ID.search(request.path) else f"guest:{address_of(request)}"
