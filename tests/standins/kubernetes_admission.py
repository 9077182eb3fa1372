"""What the API server asks of an object, and what it fills in, before it is stored."""

from __future__ import annotations

import base64

from standins.kubernetes_calls import Call
from standins.kubernetes_kinds import Object
from standins.kubernetes_store import StatusError, place

# What no object of a kind is without; a controller may rely on it.
REQUIRED = {
    "customresourcedefinitions.apiextensions.k8s.io": (
        "spec.group",
        "spec.names.kind",
        "spec.names.plural",
    ),
    "daemonsets.apps": ("spec.selector", "spec.template.spec.containers"),
    "deployments.apps": ("spec.selector", "spec.template.spec.containers"),
    "jobs.batch": ("spec.template.spec.containers",),
    "persistentvolumeclaims": ("spec.accessModes", "spec.resources.requests.storage"),
    "persistentvolumes": ("spec.accessModes", "spec.capacity.storage"),
    "pods": ("spec.containers",),
    "statefulsets.apps": ("spec.selector", "spec.template.spec.containers"),
    "storageclasses.storage.k8s.io": ("provisioner",),
}
# What cannot change once it is written.
IMMUTABLE = {
    "clusterrolebindings.rbac.authorization.k8s.io": ("roleRef",),
    "daemonsets.apps": ("spec.selector",),
    "deployments.apps": ("spec.selector",),
    "jobs.batch": ("spec.template", "spec.selector", "spec.completions"),
    "persistentvolumeclaims": ("spec.accessModes", "spec.storageClassName", "spec.selector"),
    "persistentvolumes": ("spec.csi",),
    "pods": ("spec.volumes", "spec.nodeSelector", "spec.restartPolicy"),
    "rolebindings.rbac.authorization.k8s.io": ("roleRef",),
    "statefulsets.apps": ("spec.selector", "spec.serviceName"),
    "storageclasses.storage.k8s.io": ("provisioner", "parameters", "reclaimPolicy"),
}


def check(call: Call, body: Object) -> None:
    """That the body is what the path says."""
    wanted = (call.kind.api_version(call.version), call.kind.kind)
    if (body.get("apiVersion"), body.get("kind")) != wanted:
        found = f"{body.get('apiVersion')}, Kind={body.get('kind')}"
        message = f"the object provided ({found}) is not {wanted[0]}, Kind={wanted[1]}"
        raise StatusError(400, "BadRequest", message)
    metadata = body.get("metadata") or {}
    if metadata.get("name") not in (None, "", call.name):
        message = "the name of the object does not match the name on the URL"
        raise StatusError(400, "BadRequest", message)
    if call.kind.namespaced and metadata.get("namespace") not in (None, "", call.namespace):
        message = (
            "the namespace of the provided object does not match the namespace sent on the request"
        )
        raise StatusError(400, "BadRequest", message)


def invalid(call: Call, name: str, path: str, what: str) -> StatusError:
    kind = call.kind.kind
    shown = f"{kind}.{call.kind.group}" if call.kind.group else kind
    return StatusError(
        422,
        "Invalid",
        f'{shown} "{name}" is invalid: {path}: {what}',
        name=name,
        group=call.kind.group,
        kind=kind,
        causes=[{"reason": "FieldValueInvalid", "message": what, "field": path}],
    )


def complete(call: Call, obj: Object) -> None:
    """That no field is missing which has to be there."""
    for path in REQUIRED.get(call.kind.resource, ()):
        if not place(obj, path):
            raise invalid(call, call.name, path, "Required value")


def unchangeable(call: Call, old: Object, new: Object) -> None:
    for path in IMMUTABLE.get(call.kind.resource, ()):
        if place(new, path) != place(old, path):
            raise invalid(call, call.name, path, "Invalid value: field is immutable")


def defaulted(resource: str, obj: Object) -> Object:
    """What the API server fills in, as far as kubectl or a controller reads it."""
    metadata = obj["metadata"]
    if resource == "namespaces":
        labels = {"kubernetes.io/metadata.name": metadata["name"]}
        return {**obj, "metadata": {**metadata, "labels": {**metadata.get("labels", {}), **labels}}}
    if resource == "secrets" and "stringData" in obj:
        given = {
            key: base64.b64encode(value.encode()).decode()
            for key, value in obj["stringData"].items()
        }
        rest = {key: value for key, value in obj.items() if key != "stringData"}
        return {**rest, "data": {**obj.get("data", {}), **given}}
    rolling = {"type": "RollingUpdate"}
    defaults: dict[str, Object] = {
        "deployments.apps": {"replicas": 1, "strategy": rolling},
        "statefulsets.apps": {"replicas": 1, "updateStrategy": rolling},
        "daemonsets.apps": {"updateStrategy": rolling},
        "persistentvolumeclaims": {"volumeMode": "Filesystem"},
    }
    if resource == "jobs.batch":
        selector = {"matchLabels": {"batch.kubernetes.io/controller-uid": metadata["uid"]}}
        own = {"parallelism": 1, "completions": 1, "backoffLimit": 6, "selector": selector}
        return {**obj, "spec": {**own, **(obj.get("spec") or {})}}
    if resource in defaults:
        return {**obj, "spec": {**defaults[resource], **(obj.get("spec") or {})}}
    return obj
