"""What a process may do beyond its work, as each way to deploy says: every finding is a way out of its box."""

import re
from collections.abc import Mapping
from typing import Any

SEALED_UNIT = {
    "NoNewPrivileges": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes", "ProtectKernelLogs": "yes", "ProtectClock": "yes",
    "ProtectControlGroups": "yes", "ProtectHostname": "yes", "ProtectProc": "invisible", "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes", "RestrictSUIDSGID": "yes", "LockPersonality": "yes", "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service ~@privileged @resources @chown", "UMask": "0027",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
}
VOLUMES = {"emptyDir", "configMap", "persistentVolumeClaim"}
ROOTS = {"", "root", "0"}
TO_BECOME_ANOTHER = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
"""What an entry point needs that starts as root, gives its folder away and becomes its own user."""


def of_pod(spec: Mapping[str, Any]) -> list[str]:
    """Where a pod is laxer than the profile `restricted` of Kubernetes, or can write into its image."""
    whole = spec.get("securityContext", {})
    found = [name for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    found += [] if whole.get("runAsNonRoot") is True and whole.get("runAsUser", 0) > 0 else ["root"]
    found += [] if whole.get("seccompProfile") == {"type": "RuntimeDefault"} else ["seccompProfile"]
    found += [] if spec.get("automountServiceAccountToken") is False else ["service account"]
    found += [kind for volume in spec.get("volumes", ()) for kind in set(volume) - {"name"} - VOLUMES]
    wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    for container in (*spec["containers"], *spec.get("initContainers", ())):
        told = container.get("securityContext", {})
        found += [name for name in {*wanted, *told} if name not in wanted or told.get(name) != wanted[name]]
    return found


def of_service(service: Mapping[str, Any], *, is_store: bool) -> list[str]:
    """Where a service of compose may do more than serve. A store's image starts as root and writes to its volumes."""
    found = [name for name in ("privileged", "pid", "ipc", "userns_mode", "devices") if service.get(name)]
    found += [] if service.get("cap_drop") == ["ALL"] else ["cap_drop"]
    found += sorted(set(service.get("cap_add") or ()) - (TO_BECOME_ANOTHER if is_store else set()))
    found += [] if service.get("security_opt") == ["no-new-privileges:true"] else ["security_opt"]
    found += [] if is_store or service.get("read_only") is True else ["read_only"]
    found += ["docker.sock"] if "docker.sock" in str(service.get("volumes")) else []
    return found + (["host network"] if service.get("network_mode") else [])


def of_unit(text: str, *, port_below_1024: bool) -> list[str]:
    """Where a unit of systemd lacks a lock."""
    told: dict[str, str] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        told[name] = f"{told[name]} {value}" if name == "SystemCallFilter" and name in told else value
    wanted = SEALED_UNIT | {"CapabilityBoundingSet": "CAP_NET_BIND_SERVICE" if port_below_1024 else ""}
    if not port_below_1024:  # in a namespace of its own users nobody binds to such a port
        wanted["PrivateUsers"] = "yes"
    found = [name for name, value in wanted.items() if told.get(name) != value]
    return found + (["User"] if told.get("User", "") in ROOTS else [])


def of_image(text: str) -> list[str]:
    """Where a Dockerfile leaves its processes more than they need."""
    last = text.rsplit("\nFROM ", maxsplit=1)[-1]
    users = re.findall(r"^USER (\S+)$", last, re.MULTILINE)
    found = [] if users and users[-1].partition(":")[0].isdecimal() and int(users[-1].partition(":")[0]) else ["root"]
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    return found + [base for base in bases if not re.search(r":\d+\.\d+\.\d+-|@sha256:", base)]
