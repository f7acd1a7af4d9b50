"""`If-Match`: the version that the client believes to be the present one."""

import re
from typing import Any

from storefront.rest.fault import Fault

_TAG = re.compile(r'(?:W/)?"[!#-~]*"')
_VERSION = re.compile(r'"([0-9]{1,18})"')


def expected_version_of(request: Any, *, required: bool) -> int | None:
    """The version in `If-Match`; None if there is none, or `*`.

    :raises Fault: 428 if missing though required, 412 if no version of ours is meant, 400 if malformed
    """
    given: str | None = request.META.get("HTTP_IF_MATCH")
    if given is None:
        if required:
            raise Fault("precondition_required", "Send If-Match with the ETag that you read.", status=428)
        return None
    given = given.strip()
    if given == "*":
        return None
    version = _VERSION.fullmatch(given)
    if version:
        return int(version[1])
    if _TAG.fullmatch(given):
        raise Fault("precondition_failed", f"No version has the ETag {given[:100]}; read again.", status=412)
    raise Fault("if_match_malformed", 'If-Match takes one ETag, such as "3", or *.')
