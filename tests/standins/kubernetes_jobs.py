"""Pods and jobs: what their controller, the scheduler and the kubelet make of them."""

from __future__ import annotations

from standins.kubernetes_behaviours import Failure
from standins.kubernetes_controllers import (
    JOBS,
    NO_NODE,
    Cluster,
    condition,
    suffix,
)
from standins.kubernetes_kinds import Object
from standins.kubernetes_store import Key, now, place


class Pods(Cluster):
    """The scheduler and the kubelet."""

    def run(self) -> None:
        nodes = sorted(key.name for key in self.store.of("nodes")) or ["ip-10-0-0-1.ec2.internal"]
        for number, (key, pod) in enumerate(self.store.of("pods").items()):
            self.settle(key, pod, nodes[number % len(nodes)])

    def settle(self, key: Key, pod: Object, node: str) -> None:
        if place(pod, "status.phase") in ("Running", "Succeeded", "Failed"):
            self.finish(key, pod)
        elif self.named(key, self.behaviours.unschedulable):
            unscheduled = condition("PodScheduled", False, "Unschedulable", NO_NODE)
            self.set_status(key, phase="Pending", conditions=[unscheduled])
            self.event(key, "Warning", "FailedScheduling", NO_NODE)
        else:
            if not pod["spec"].get("nodeName"):
                spec = {**pod["spec"], "nodeName": node}
                pod = self.store.write(key, {**pod, "spec": spec})
            if self.named(key, self.behaviours.refuse_image):
                self.refuse(key, pod)
            elif self.ready(key):
                self.running(key, pod)
            else:
                self.waiting(key, pod, "ContainerCreating", "")

    def containers(self, pod: Object, ready: bool, state: Object) -> list[Object]:
        return [
            {
                "name": each["name"],
                "image": each.get("image", ""),
                "ready": ready,
                "started": ready,
                "restartCount": 0,
                "state": state,
            }
            for each in pod["spec"].get("containers", [])
        ]

    def waiting(self, key: Key, pod: Object, reason: str, message: str) -> None:
        state = {"waiting": {"reason": reason, "message": message}}
        self.set_status(
            key,
            phase="Pending",
            conditions=[
                condition("PodScheduled"),
                condition("Ready", False, "ContainersNotReady"),
            ],
            containerStatuses=self.containers(pod, False, state),
        )

    def refuse(self, key: Key, pod: Object) -> None:
        image = pod["spec"]["containers"][0].get("image", "")
        self.waiting(key, pod, "ImagePullBackOff", f'Back-off pulling image "{image}"')
        message = f'Failed to pull image "{image}": rpc error: code = NotFound desc = not found'
        self.event(key, "Warning", "Failed", message)

    def running(self, key: Key, pod: Object) -> None:
        self.set_status(
            key,
            phase="Running",
            conditions=[
                condition("PodScheduled"),
                condition("Initialized"),
                condition("ContainersReady"),
                condition("Ready"),
            ],
            containerStatuses=self.containers(pod, True, {"running": {"startedAt": now()}}),
            startTime=now(),
            hostIP="10.0.0.1",
            podIP="10.0.1.1",
        )
        self.finish(key, self.store.objects[key])

    def finish(self, key: Key, pod: Object) -> None:
        """End a pod that its own name, or its job, says is to end; workers outlive their job."""
        # The MPI operator removes them, or leaves them running.
        owners = pod["metadata"].get("ownerReferences", ())
        if any(each["kind"] == "MPIJob" for each in owners):
            return
        failure = self.failure(key)
        if not failure and not self.succeeded(key):
            return
        state = {"exitCode": 1 if failure else 0, "reason": "Error" if failure else "Completed"}
        phase = "Failed" if failure else "Succeeded"
        if place(pod, "status.phase") != phase:
            self.set_status(
                key,
                phase=phase,
                conditions=[condition("PodScheduled"), condition("Ready", False, "PodCompleted")],
                containerStatuses=self.containers(pod, False, {"terminated": state}),
            )


class Jobs(Cluster):
    """The controller of batch/v1 Jobs."""

    def run(self) -> None:
        for key, job in self.store.of(JOBS).items():
            pods = self.children(job, "pods")
            if job["spec"].get("suspend"):
                for pod in pods:
                    self.store.remove(pod)
                self.set_status(key, active=0, conditions=[condition("Suspended")])
            else:
                self.start(key, job)

    def start(self, key: Key, job: Object) -> None:
        labels = {
            "batch.kubernetes.io/controller-uid": job["metadata"]["uid"],
            "batch.kubernetes.io/job-name": key.name,
            "job-name": key.name,
        }
        # A job that is delayed has no pods yet; those it has already stay.
        count = job["spec"].get("parallelism", 1) if self.ready(key) else 0
        for number in range(count):
            name = f"{key.name}-{suffix(key.namespace, key.name, str(number))}"
            self.pod(job, name, job["spec"]["template"], labels)
        phases = self.phases(job)
        failure = self.failure(key)
        ended = []
        if "Failed" in phases:
            why = failure or Failure("BackoffLimitExceeded", "a pod failed")
            ended.append(condition("Failed", True, *why))
        elif phases and set(phases) == {"Succeeded"}:
            ended.append(condition("Complete", True, "CompletionsReached"))
        self.set_status(
            key,
            active=phases.count("Running") + phases.count("Pending"),
            ready=phases.count("Running"),
            failed=phases.count("Failed"),
            succeeded=phases.count("Succeeded"),
            conditions=ended,
        )
