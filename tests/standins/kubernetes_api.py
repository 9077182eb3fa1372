"""A stand-in for the Kubernetes API server, for the real kubectl and helm.

    with KubernetesApi() as api:
        config = api.kubeconfig(tmp_path / "config")
        api.add_nodes(2)
        api.behaviours.unschedulable = {"resnet"}
        subprocess.run(["kubectl", "apply", "-f", "job.yaml"], env={"KUBECONFIG": str(config), ...})
        assert api.get("pods", "default", "resnet-worker-0")["status"]["phase"] == "Pending"

All goes well unless `behaviours` says otherwise, for the names of pods, jobs, MPIJobs and claims:

    refuse_image    {name}              pods wait in ImagePullBackOff
    unschedulable   {name}              pods wait for a node with GPUs
    never_bound     {claim: message}    claims stay Pending
    fail_jobs       {name: Failure(reason, message)}
    succeed_jobs    {name}              jobs are done at once
    exec_result     ExecResult(exit_code, stdout, stderr), or a function of an ExecCall
    logs            {name: text}        instead of "NAME started"
    delay, delays   reads until objects, or {name: reads} those of a name, become ready
    unavailable     every request is answered with 503
    version         "1.34"              what the server says it is

`down = True` refuses connections until it is False again. `kubectl logs -f` ends with the text.
kubectl caches discovery for its host, so each test has to set KUBECACHEDIR to a folder of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from standins.kubernetes_behaviours import Behaviours, ExecCall
from standins.kubernetes_calls import Call
from standins.kubernetes_controllers import Definitions, Workloads, condition
from standins.kubernetes_jobs import Jobs, Pods
from standins.kubernetes_kinds import Object
from standins.kubernetes_kueue import Kueue
from standins.kubernetes_mpi import MpiJobs
from standins.kubernetes_server import Server
from standins.kubernetes_store import Key, Store, stable
from standins.kubernetes_verbs import Verbs
from standins.kubernetes_volumes import Volumes


class Request(NamedTuple):
    method: str
    path: str
    body: Any


class KubernetesApi:
    """A cluster whose API is served on a port of its own."""

    def __init__(self) -> None:
        self.store = Store()
        self.behaviours = Behaviours()
        self.verbs = Verbs(self.store, self.behaviours)
        # In the order in which each builds on what the one before has made.
        controllers = (Definitions, Workloads, Volumes, Kueue, MpiJobs, Jobs, Pods)
        self.controllers = [each(self.store, self.behaviours) for each in controllers]
        self.requests: list[Request] = []
        self.execs: list[ExecCall] = []
        self.port = 0
        self.server: Server | None = None
        self.reset()

    def start(self) -> None:
        """Serve, on the port it had before if there was one."""
        if self.server is None:
            self.server = Server(self, self.port)
            self.port = self.server.port

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None

    def __enter__(self) -> KubernetesApi:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def down(self) -> bool:
        """Whether connections are refused."""
        return self.server is None

    @down.setter
    def down(self, down: bool) -> None:
        if down:
            self.stop()
        else:
            self.start()

    def kubeconfig(self, path: Path, cluster: str = "demo.us-east-1.eksctl.io") -> Path:
        """Write a kubeconfig of this server alone."""
        server = {"server": f"http://127.0.0.1:{self.port}"}
        user = f"stand-in@{cluster}"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": server}],
            "users": [{"name": user, "user": {}}],
            "contexts": [{"name": user, "context": {"cluster": cluster, "user": user}}],
            "current-context": user,
        }
        path.write_text(yaml.safe_dump(content), "utf-8")
        return path

    @property
    def objects(self) -> dict[Key, Object]:
        """Live objects by resource with group (mpijobs.kubeflow.org), namespace and name."""
        return self.store.objects

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        """An object, by its plural with or without group; cluster-scoped ones have namespace ""."""
        with self.store.lock:
            for kind in self.store.kinds():
                found = self.store.objects.get(Key(kind.resource, namespace, name))
                if resource in (kind.plural, kind.resource) and found is not None:
                    return found
        return None

    def all(self) -> list[Object]:
        """Every object in a fixed order, without what differs from run to run."""
        with self.store.lock:
            return [stable(obj) for _, obj in sorted(self.store.objects.items())]

    def snapshot(self) -> str:
        """All objects, to be restored; neither behaviours nor requests."""
        return self.store.snapshot()

    def restore(self, snapshot: str) -> None:
        self.store.restore(snapshot)

    def reset(self) -> None:
        """Back to a fresh cluster, with no behaviours and no requests."""
        with self.store.lock:
            self.store.clear()
            self.behaviours.reset()
            self.requests.clear()
            self.execs.clear()
            for name in ("default", "kube-system", "kube-public"):
                labels = {"kubernetes.io/metadata.name": name}
                self.put("v1", "Namespace", Key("namespaces", "", name), labels, {})
            self.reconcile()

    def put(
        self, version: str, kind: str, key: Key, labels: dict[str, str], content: Object
    ) -> None:
        metadata = {**self.store.fresh_metadata(), "name": key.name, "labels": labels}
        obj = {"apiVersion": version, "kind": kind, "metadata": metadata, **content}
        self.store.write(key, obj)

    def reconcile(self) -> None:
        """Let every controller do what there is to do, until nothing changes any more."""
        with self.store.lock:
            # One controller waits for another's pods, so that a job takes several rounds.
            for _ in range(10):
                before = self.store.version
                for each in self.controllers:
                    each.run()
                if self.store.version == before:
                    return

    def read(self, call: Call) -> None:
        """Count a read of objects that become ready only after some."""
        with self.store.lock:
            read = [key for key in self.store.unread if call.covers(key)]
            for key in read:
                self.store.unread[key] -= 1
                if self.store.unread[key] <= 0:
                    del self.store.unread[key]
            if read:
                self.reconcile()

    def note(self, method: str, path: str, body: Any) -> None:
        with self.store.lock:
            self.requests.append(Request(method, path, body))

    def lineage(self, key: Key) -> Iterator[Key]:
        """An object, its controller, and that one's."""
        return self.controllers[0].lineage(key)

    def add_nodes(
        self,
        count: int,
        nodegroup: str = "gpu",
        gpus: int = 8,
        efa: int = 32,
        instance_type: str = "p5.48xlarge",
    ) -> list[str]:
        """Add nodes of a node group, and say their names."""
        with self.store.lock:
            first = len(self.store.of("nodes")) + 1
            names = [f"ip-10-0-0-{each}.ec2.internal" for each in range(first, first + count)]
            resources = {"cpu": "192", "memory": "2000Gi", "pods": "100"}
            if gpus:
                resources["nvidia.com/gpu"] = str(gpus)
            if efa:
                resources["vpc.amazonaws.com/efa"] = str(efa)
            for name in names:
                labels = {
                    "alpha.eksctl.io/nodegroup-name": nodegroup,
                    "node.kubernetes.io/instance-type": instance_type,
                    "kubernetes.io/hostname": name,
                }
                status = {
                    "allocatable": resources,
                    "capacity": resources,
                    "conditions": [condition("Ready", True, "KubeletReady")],
                    "nodeInfo": {"kubeletVersion": f"v{self.behaviours.version}.0-eks-0000000"},
                }
                content = {"spec": {"providerID": f"aws:///us-east-1a/{name}"}, "status": status}
                self.put("v1", "Node", Key("nodes", "", name), labels, content)
            self.reconcile()
        return names
