"""What controllers, scheduler and kubelet do, simulated at once after each write."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from standins.kubernetes_behaviours import Behaviours, Failure
from standins.kubernetes_kinds import DEFINITIONS, Object
from standins.kubernetes_store import Key, Store, now, place

JOBS = "jobs.batch"
MPI_JOBS = "mpijobs.kubeflow.org"
NO_NODE = "0/2 nodes are available: 2 Insufficient nvidia.com/gpu."


def suffix(*parts: str) -> str:
    """A name's random end, which is the same in each run."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:5]


def condition(type_: str, status: bool = True, reason: str = "", message: str = "") -> Object:
    return {"type": type_, "status": str(status), "reason": reason or type_, "message": message}


class Cluster:
    """The store with what every controller does to it."""

    def __init__(self, store: Store, behaviours: Behaviours) -> None:
        self.store = store
        self.behaviours = behaviours

    def ready(self, key: Key) -> bool:
        return self.store.unread.get(key, 0) <= 0

    def set_status(self, key: Key, **status: Any) -> None:
        """Change fields of the status; a condition that stays keeps its time."""
        obj = self.store.objects[key]
        old = obj.get("status") or {}
        if "conditions" in status:
            before = {each["type"]: each for each in old.get("conditions", ())}
            status["conditions"] = [
                self.timed(each, before.get(each["type"])) for each in status["conditions"]
            ]
        # Written anew in each round it would never come to rest.
        if "startTime" in old:
            status.pop("startTime", None)
        self.store.write(key, {**obj, "status": {**old, **status}})

    def timed(self, new: Object, old: Object | None) -> Object:
        same = old is not None and old["status"] == new["status"]
        time = old.get("lastTransitionTime") if same and old else None
        return {**new, "lastTransitionTime": time or now()}

    def child(self, owner: Object, resource: str, name: str, obj: Object) -> Key:
        """An object that a controller makes for another, which goes when that one goes."""
        metadata = owner["metadata"]
        key = Key(resource, metadata["namespace"], name)
        if key not in self.store.objects:
            reference = {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": metadata["name"],
                "uid": metadata["uid"],
                "controller": True,
                "blockOwnerDeletion": True,
            }
            own = {
                **obj.get("metadata", {}),
                **self.store.fresh_metadata(),
                "name": name,
                "namespace": key.namespace,
                "ownerReferences": [reference],
            }
            self.store.write(key, {**obj, "metadata": own})
        return key

    def pod(self, owner: Object, name: str, template: Object, labels: dict[str, str]) -> Key:
        metadata = template.get("metadata") or {}
        own = {**metadata, "labels": {**(metadata.get("labels") or {}), **labels}}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": own, "spec": template["spec"]}
        return self.child(owner, "pods", name, pod)

    def children(self, owner: Object, resource: str) -> list[Key]:
        uid = owner["metadata"]["uid"]
        return [
            key
            for key, obj in self.store.of(resource).items()
            if any(each.get("uid") == uid for each in obj["metadata"].get("ownerReferences", ()))
        ]

    def event(self, key: Key, type_: str, reason: str, message: str) -> None:
        """An event of this object; the same again changes nothing."""
        obj = self.store.objects[key]
        metadata = obj["metadata"]
        namespace = key.namespace or "default"
        name = f"{key.name}.{suffix(key.resource, reason, message)}"
        where = Key("events", namespace, name)
        found = self.store.objects.get(where)
        if found and found["involvedObject"]["uid"] == metadata["uid"]:
            return
        involved = {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "namespace": namespace}
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {**self.store.fresh_metadata(), "name": name, "namespace": namespace},
            "involvedObject": {**involved, "name": key.name, "uid": metadata["uid"]},
            "type": type_,
            "reason": reason,
            "message": message,
            "count": 1,
            "firstTimestamp": now(),
            "lastTimestamp": now(),
            "source": {"component": "stand-in"},
        }
        self.store.write(where, event)

    def lineage(self, key: Key) -> Iterator[Key]:
        """The object, its controller, that one's controller, and so on."""
        yield key
        obj = self.store.objects.get(key)
        for owner in obj["metadata"].get("ownerReferences", ()) if obj else ():
            for resource in (JOBS, MPI_JOBS):
                other = self.store.objects.get(Key(resource, key.namespace, owner["name"]))
                if other and other["metadata"]["uid"] == owner["uid"]:
                    yield from self.lineage(Key(resource, key.namespace, owner["name"]))

    def named(self, key: Key, names: set[str]) -> bool:
        return any(each.name in names for each in self.lineage(key))

    def failure(self, key: Key) -> Failure | None:
        found = (self.behaviours.fail_jobs.get(each.name) for each in self.lineage(key))
        return next((each for each in found if each), None)

    def succeeded(self, key: Key) -> bool:
        """Told to, or an MPIJob without workers, whose mpirun has nothing to wait for."""
        for each in self.lineage(key):
            specs = place(self.store.objects[each], "spec.mpiReplicaSpecs")
            if each.name in self.behaviours.succeed_jobs:
                return True
            if each.resource == MPI_JOBS and specs is not None and "Worker" not in specs:
                return True
        return False

    def phases(self, owner: Object) -> list[str]:
        """The phases of the pods that an object has made."""
        found = (self.store.objects[each] for each in self.children(owner, "pods"))
        return [place(each, "status.phase") or "Pending" for each in found]


class Definitions(Cluster):
    """CustomResourceDefinitions and namespaces."""

    def run(self) -> None:
        for key, definition in self.store.of(DEFINITIONS).items():
            names = definition["spec"]["names"]
            established = condition("Established", self.ready(key), "InitialNamesAccepted")
            self.set_status(
                key,
                conditions=[condition("NamesAccepted", True, "NoConflicts"), established],
                acceptedNames=names,
                storedVersions=[each["name"] for each in definition["spec"]["versions"]],
            )
        for key in self.store.of("namespaces"):
            self.set_status(key, phase="Active")


class Workloads(Cluster):
    """Deployments, StatefulSets and DaemonSets, rolled out at once."""

    def run(self) -> None:
        for key, obj in self.store.of("deployments.apps").items():
            count = obj["spec"].get("replicas", 1)
            ready = count if self.ready(key) else 0
            self.set_status(
                key,
                **self.counts(obj, count, ready),
                availableReplicas=ready,
                unavailableReplicas=count - ready,
                conditions=[
                    condition("Available", ready == count, "MinimumReplicasAvailable"),
                    condition("Progressing", True, "NewReplicaSetAvailable"),
                ],
            )
        for key, obj in self.store.of("statefulsets.apps").items():
            count = obj["spec"].get("replicas", 1)
            ready = count if self.ready(key) else 0
            self.set_status(
                key,
                **self.counts(obj, count, ready),
                availableReplicas=ready,
                currentReplicas=count,
                currentRevision=f"{key.name}-1",
                updateRevision=f"{key.name}-1",
            )
        # Selectors and taints are not looked at: a DaemonSet runs on every node.
        count = len(self.store.of("nodes"))
        for key, obj in self.store.of("daemonsets.apps").items():
            ready = count if self.ready(key) else 0
            self.set_status(
                key,
                observedGeneration=obj["metadata"]["generation"],
                currentNumberScheduled=count,
                desiredNumberScheduled=count,
                updatedNumberScheduled=count,
                numberAvailable=ready,
                numberReady=ready,
                numberUnavailable=count - ready,
                numberMisscheduled=0,
            )

    def counts(self, obj: Object, count: int, ready: int) -> Object:
        return {
            "observedGeneration": obj["metadata"]["generation"],
            "replicas": count,
            "updatedReplicas": count,
            "readyReplicas": ready,
        }
