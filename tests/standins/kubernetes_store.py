"""The objects of the stand-in, each change to them, and how they are selected.

Objects in the store are replaced, never changed in place: watches, the log and answers share them.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, NamedTuple

from standins.kubernetes_kinds import DEFINITIONS, Kind, Object, served

VOLATILE = {
    "uid",
    "resourceVersion",
    "managedFields",
    "generation",
    "observedGeneration",
    "batch.kubernetes.io/controller-uid",
    "modifiedAt",
}


class Key(NamedTuple):
    resource: str
    namespace: str
    name: str


class Change(NamedTuple):
    version: int
    type: str
    key: Key
    object: Object


class StatusError(Exception):
    """A request that is refused, as a Kubernetes Status."""

    def __init__(self, code: int, reason: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": details,
            "code": code,
        }


def not_found(resource: str, name: str) -> StatusError:
    plural, _, group = resource.partition(".")
    message = f'{resource} "{name}" not found'
    return StatusError(404, "NotFound", message, name=name, group=group, kind=plural)


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def stable(value: Any) -> Any:
    """A value without what differs from run to run."""
    if isinstance(value, dict):
        # Helm's releases have the time of their deployment inside their data.
        volatile = VOLATILE | ({"data"} if value.get("type") == "helm.sh/release.v1" else set())
        return {
            key: stable(each)
            for key, each in value.items()
            if key not in volatile and not key.endswith(("Time", "Timestamp", "startedAt"))
        }
    return [stable(each) for each in value] if isinstance(value, list) else value


class Store:
    """Every live object, under its resource, namespace and name."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.version = 0
        # Watches of an earlier epoch end, as their objects are no longer there.
        self.epoch = 0
        self.clear()

    def clear(self) -> None:
        with self.lock:
            self.objects: dict[Key, Object] = {}
            # What each manager applied last, for server-side apply.
            self.applied: dict[tuple[Key, str], Object] = {}
            # How often an object is yet to be read until it becomes ready.
            self.unread: dict[Key, int] = {}
            self.log: list[Change] = []
            self.epoch += 1
            self.changed.notify_all()

    def kinds(self) -> list[Kind]:
        return served(obj for key, obj in self.objects.items() if key.resource == DEFINITIONS)

    def of(self, resource: str) -> dict[Key, Object]:
        return {key: obj for key, obj in self.objects.items() if key.resource == resource}

    def fresh_metadata(self) -> Object:
        return {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 1}

    def write(self, key: Key, obj: Object) -> Object:
        """Store an object; what is stored already stays as it is, with its version."""
        with self.lock:
            old = self.objects.get(key)
            if old is not None:
                versionless = {**obj["metadata"], "resourceVersion": self.version_of(old)}
                if {**obj, "metadata": versionless} == old:
                    return old
            self.version += 1
            metadata = {**obj["metadata"], "resourceVersion": str(self.version)}
            stored = {**obj, "metadata": metadata}
            self.objects[key] = stored
            self.record("MODIFIED" if old else "ADDED", key, stored)
            return stored

    def remove(self, key: Key) -> None:
        """Remove an object, what it owns, what is in a namespace, and a definition's objects."""
        with self.lock:
            obj = self.objects.pop(key, None)
            if obj is None:
                return
            self.version += 1
            metadata = {**obj["metadata"], "resourceVersion": str(self.version)}
            self.record("DELETED", key, {**obj, "metadata": metadata})
            self.unread.pop(key, None)
            for applied in [each for each in self.applied if each[0] == key]:
                del self.applied[applied]
            uid = obj["metadata"]["uid"]
            for other, each in list(self.objects.items()):
                owners = each["metadata"].get("ownerReferences", ())
                inside = key.resource == "namespaces" and other.namespace == key.name
                defined = key.resource == DEFINITIONS and other.resource == key.name
                if inside or defined or any(owner.get("uid") == uid for owner in owners):
                    self.remove(other)

    def record(self, type_: str, key: Key, obj: Object) -> None:
        self.log.append(Change(self.version, type_, key, obj))
        self.changed.notify_all()

    @staticmethod
    def version_of(obj: Object) -> str:
        return str(obj["metadata"]["resourceVersion"])

    def snapshot(self) -> str:
        with self.lock:
            applied = [[*key, manager, obj] for (key, manager), obj in self.applied.items()]
            unread = [[*key, left] for key, left in self.unread.items()]
            objects = [[*key, obj] for key, obj in self.objects.items()]
            return json.dumps([objects, applied, unread])

    def restore(self, snapshot: str) -> None:
        objects, applied, unread = json.loads(snapshot)
        with self.lock:
            self.clear()
            self.objects = {Key(*key): obj for *key, obj in objects}
            self.applied = {(Key(*key), manager): obj for *key, manager, obj in applied}
            self.unread = {Key(*key): left for *key, left in unread}


def place(obj: Any, path: str) -> Any:
    for part in path.split("."):
        obj = obj.get(part) if isinstance(obj, dict) else None
    return obj


def requirements(selector: str) -> list[str]:
    # Commas inside the parentheses of a set part nothing.
    return [each.strip() for each in re.split(r",(?![^(]*\))", selector) if each.strip()]


def label_matches(labels: dict[str, str], requirement: str) -> bool:
    found = re.fullmatch(r"(\S+)\s+(in|notin)\s+\((.*)\)", requirement)
    if found:
        name, operator, values = found.groups()
        inside = labels.get(name) in {each.strip() for each in values.split(",")}
        return inside == (operator == "in")
    if "!=" in requirement:
        name, _, value = requirement.partition("!=")
        return labels.get(name.strip()) != value.strip()
    if "=" in requirement:
        name, value = re.split("==?", requirement, maxsplit=1)
        return labels.get(name.strip()) == value.strip()
    return (requirement.lstrip("!") in labels) != requirement.startswith("!")


def field_matches(obj: Object, requirement: str) -> bool:
    name, value = re.split("!=|==?", requirement, maxsplit=1)
    return (str(place(obj, name) or "") == value) != ("!=" in requirement)


def selection(labels: str, fields: str) -> Callable[[Object], bool]:
    """The test of a labelSelector and a fieldSelector."""
    by_label = requirements(labels)
    by_field = requirements(fields)

    def chosen(obj: Object) -> bool:
        own = obj["metadata"].get("labels") or {}
        return all(label_matches(own, each) for each in by_label) and all(
            field_matches(obj, each) for each in by_field
        )

    return chosen
