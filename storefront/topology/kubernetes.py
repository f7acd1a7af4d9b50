"""Kubernetes manifests of a topology, for `kubectl apply -k`: what runs, how often, and who may reach whom."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from storefront.topology.plan import Process, Topology
from storefront.topology.programs import HEARTBEAT, PORT, Program, programs_of
from storefront.topology.wiring import Wiring

Manifest = dict[str, Any]

IMAGE = "storefront"
"""Its registry and tag are for `images` of a kustomization to say."""
TOPOLOGY_FILE = "/etc/storefront/topology.toml"
DATA_DIR = "/var/lib/storefront"
GRACE_SECONDS = 45
"""From the word to stop until the end; the longest command may take 30 s."""
LAME_SECONDS = 5
"""A pod serves on for so long, until everybody knows that it is leaving."""
USER = 10001
REPLICAS = {"web": (2, 10), "worker": (1, 6)}
"""At least and at most. A relay shares its work by leases, so one more would only poll."""
RESOURCES = {
    "web": {"requests": {"cpu": "250m", "memory": "384Mi"}, "limits": {"memory": "768Mi"}},
    "relay": {"requests": {"cpu": "100m", "memory": "160Mi"}, "limits": {"memory": "384Mi"}},
    "worker": {"requests": {"cpu": "200m", "memory": "320Mi"}, "limits": {"memory": "640Mi"}},
    "migrate": {"requests": {"cpu": "100m", "memory": "160Mi"}, "limits": {"memory": "512Mi"}},
}
PART_OF = {"app.kubernetes.io/part-of": "storefront"}


class Shop(NamedTuple):
    """What manifests are made of."""

    topology: Topology
    wiring: Wiring
    public: frozenset[str]
    """The processes that the gateway leads to."""
    keeping_files: frozenset[str]
    """The modules that keep pictures and other files; empty where there are none."""

    def programs(self) -> tuple[Program, ...]:
        """Of all processes."""
        return tuple(program for process in self.topology.processes for program in programs_of(process, self.topology))


def in_cluster(topology: Topology) -> Topology:
    """The same topology, each process reached by the name of its service."""
    processes = (process._replace(url=f"http://{process.name}:{PORT}") for process in topology.processes)
    return topology._replace(processes=tuple(processes))


def process_manifests(shop: Shop, process: Process) -> list[Manifest]:
    """All that belongs to one process, but for its network."""
    programs = programs_of(process, shop.topology)
    scaled = [program for program in programs if program.role in REPLICAS]
    return [
        *(_deployment(shop, program) for program in programs),
        _service(process),
        *(_autoscaler(program) for program in scaled),
        *(_disruption_budget(program) for program in scaled),
    ]


def migration_job(shop: Shop) -> Manifest:
    """One job brings every database up to date: in the image are all modules, and `default` belongs to all of them."""
    labels = _labels("migrate", "migrate")
    environment = [{"name": "STOREFRONT_TOPOLOGY", "value": "monolith"}]
    sources = [_settings(), _secret("storefront"), *(_secret_of(process) for process in shop.topology.processes)]
    container = _container("migrate", ("python", "manage.py", "migrate"), environment, sources, [])
    pod = _pod(labels, [container], volumes=[])
    pod["spec"]["restartPolicy"] = "OnFailure"
    spec = {"backoffLimit": 6, "ttlSecondsAfterFinished": 3600, "template": pod}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": _metadata("migrate", labels), "spec": spec}


def media_claim() -> Manifest:
    """The volume of pictures; several pods write to it, so its class must allow that."""
    return {
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": _metadata("media", PART_OF),
        "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "10Gi"}}},
    }


def labels_of(process: Process) -> dict[str, str]:
    """What selects the pods of a process, whatever their role."""
    return PART_OF | {"app.kubernetes.io/name": process.name}


def _labels(process: str, role: str) -> dict[str, str]:
    return PART_OF | {"app.kubernetes.io/name": process, "app.kubernetes.io/component": role}


def _metadata(name: str, labels: Mapping[str, str]) -> Manifest:
    return {"name": name, "labels": dict(labels)}


def _deployment(shop: Shop, program: Program) -> Manifest:
    labels = _labels(program.process.name, program.role)
    keeps_files = bool(shop.keeping_files.intersection(program.process.modules))
    volumes, mounts = _volumes(keeps_files=keeps_files)
    environment = [{"name": "STOREFRONT_PROCESS", "value": program.process.name}]
    sources = [_settings(), _secret("storefront"), _secret_of(program.process)]
    container = _container(program.role, program.command, environment, sources, mounts)
    waiting = _container("migrated", ("python", "manage.py", "migrate", "--check"), environment, sources, mounts)
    if program.role == "web":
        container |= _served()
    else:
        container["env"] = [*environment, {"name": "STOREFRONT_HEARTBEAT", "value": HEARTBEAT}]
        container["livenessProbe"] = {"exec": {"command": list(program.is_alive)}, "periodSeconds": 30} | _PATIENT
    pod = _pod(labels, [container], volumes=volumes)
    pod["spec"] |= {"initContainers": [waiting], "topologySpreadConstraints": [_spread(labels)]}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": _metadata(program.name, labels),
        "spec": {
            **({} if program.role in REPLICAS else {"replicas": 1}),  # else the autoscaler says how many
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": pod,
        },
    }


def _pod(labels: Mapping[str, str], containers: Sequence[Manifest], *, volumes: Sequence[Manifest]) -> Manifest:
    spec = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": {
            "runAsNonRoot": True, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": list(containers),
        "volumes": [{"name": "tmp", "emptyDir": {}}, *volumes],
    }
    return {"metadata": {"labels": dict(labels)}, "spec": spec}


def _container(
    role: str, command: tuple[str, ...], environment: list[Manifest], sources: list[Manifest], mounts: list[Manifest]
) -> Manifest:
    return {
        "name": role,
        "image": IMAGE,
        "command": list(command),
        "env": environment,
        "envFrom": sources,
        "resources": RESOURCES["migrate" if role == "migrated" else role],
        "securityContext": {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, *mounts],  # noqa: S108  # an empty volume of the pod
    }


def _served() -> Manifest:
    return {
        "ports": [{"name": "http", "containerPort": PORT}],
        "startupProbe": _probe("/startupz", periodSeconds=2, failureThreshold=60),
        "readinessProbe": _probe("/readyz", periodSeconds=5, failureThreshold=2),
        "livenessProbe": _probe("/livez", periodSeconds=10, failureThreshold=6),
        "lifecycle": {"preStop": {"sleep": {"seconds": LAME_SECONDS}}},
    }


_PATIENT = {"initialDelaySeconds": 60, "timeoutSeconds": 5, "failureThreshold": 3}


def _probe(path: str, **limits: int) -> Manifest:
    return {"httpGet": {"path": path, "port": "http"}, "timeoutSeconds": 5, **limits}


def _settings() -> Manifest:
    return {"configMapRef": {"name": "storefront-settings"}}


def _secret(name: str, **options: Any) -> Manifest:
    return {"secretRef": {"name": name, **options}}


def _secret_of(process: Process) -> Manifest:
    return _secret(f"storefront-{process.name}", optional=True)


def _volumes(*, keeps_files: bool) -> tuple[list[Manifest], list[Manifest]]:
    volumes: list[Manifest] = [{"name": "topology", "configMap": {"name": "storefront-topology"}}]
    mounts = [{"name": "topology", "mountPath": TOPOLOGY_FILE.rpartition("/")[0], "readOnly": True}]
    if keeps_files:
        volumes.append({"name": "media", "persistentVolumeClaim": {"claimName": "media"}})
        mounts.append({"name": "media", "mountPath": f"{DATA_DIR}/media"})
    return volumes, mounts


def _spread(labels: Mapping[str, str]) -> Manifest:
    return {
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(labels)},
    }


def _service(process: Process) -> Manifest:
    labels = _labels(process.name, "web")
    spec = {"selector": labels, "ports": [{"name": "http", "port": PORT, "targetPort": "http"}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _metadata(process.name, labels), "spec": spec}


def _autoscaler(program: Program) -> Manifest:
    least, most = REPLICAS[program.role]
    target = {"type": "Utilization", "averageUtilization": 70}
    return {
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": _metadata(program.name, _labels(program.process.name, program.role)),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": program.name},
            "minReplicas": least, "maxReplicas": most,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def _disruption_budget(program: Program) -> Manifest:
    labels = _labels(program.process.name, program.role)
    return {
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": _metadata(program.name, labels),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
    }
