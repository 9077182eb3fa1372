"""What Kueue makes of MPIJobs in its queues: they are suspended until all their pods have quota."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standins.kubernetes_controllers import MPI_JOBS, Cluster, condition
from standins.kubernetes_kinds import Object
from standins.kubernetes_store import Key, place
from standins.kubernetes_volumes import size

CONTROLLER = Key("deployments.apps", "kueue-system", "kueue-controller-manager")
PODSET = "kueue.x-k8s.io/podset"
QUEUE, PRIORITY = "kueue.x-k8s.io/queue-name", "kueue.x-k8s.io/priority-class"
WORKLOADS = "workloads.kueue.x-k8s.io"
# Flavor and resource → how much of it is taken.
Usage = Counter[tuple[str, str]]


class Kueue(Cluster):
    """Kueue's webhook, scheduler and job controller, where its Deployment exists."""

    def run(self) -> None:
        if CONTROLLER not in self.store.objects or not self.ready(CONTROLLER):
            return
        used: Usage = Counter()
        waiting = []
        for key, job in self.store.of(MPI_JOBS).items():
            if not self.label(job, QUEUE):
                continue
            workload = self.workload(key, job)
            if self.ended(job):
                continue
            admission = place(self.store.objects[workload], "status.admission")
            if admission is None:
                waiting.append((key, workload))
            else:
                used.update({(flavor, name): much for flavor, name, much in admission["usage"]})
        for key, workload in sorted(waiting, key=lambda one: -self.priority(one[0])):
            job = self.store.objects[key]
            chosen = self.fitting(job, used)
            if chosen is not None:
                taken: Usage = Counter()
                for flavor, asked in chosen.values():
                    taken.update({(flavor, name): much for name, much in asked.items()})
                used.update(taken)
                usage = [[flavor, name, much] for (flavor, name), much in taken.items()]
                admitted = [condition("QuotaReserved"), condition("Admitted")]
                self.set_status(workload, admission={"usage": usage}, conditions=admitted)
                self.start(key, {role: flavor for role, (flavor, _) in chosen.items()})

    def label(self, job: Object, name: str) -> str:
        return str((job["metadata"].get("labels") or {}).get(name, ""))

    def ended(self, job: Object) -> bool:
        conditions = place(job, "status.conditions") or ()
        kinds = {each["type"] for each in conditions if each["status"] == "True"}
        return bool({"Succeeded", "Failed"} & kinds)

    def start(self, key: Key, flavors: dict[str, str]) -> None:
        """Let a job go, onto the nodes of its flavors."""
        job = self.store.objects[key]
        roles = dict(job["spec"]["mpiReplicaSpecs"])
        for role, flavor in flavors.items():
            template = roles[role]["template"]
            nodes = self.store.objects[Key("resourceflavors.kueue.x-k8s.io", "", flavor)]
            selector = {**template["spec"].get("nodeSelector", {}), **nodes["spec"]["nodeLabels"]}
            spec = {**template["spec"], "nodeSelector": selector}
            metadata = {**template.get("metadata", {}), "labels": {PODSET: role.lower()}}
            roles[role] = {**roles[role], "template": {"metadata": metadata, "spec": spec}}
        self.store.write(key, {**job, "spec": {**job["spec"], "mpiReplicaSpecs": roles}})
        self.suspend(key, False)

    def suspend(self, key: Key, suspended: bool) -> None:
        job = self.store.objects[key]
        policy = {**(place(job, "spec.runPolicy") or {}), "suspend": suspended}
        self.store.write(key, {**job, "spec": {**job["spec"], "runPolicy": policy}})

    def workload(self, key: Key, job: Object) -> Key:
        """The Workload of a job; one that is seen for the first time is suspended."""
        name = f"mpijob-{key.name}"
        known = Key(WORKLOADS, key.namespace, name) in self.store.objects
        content = {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": "Workload"}
        made = self.child(job, WORKLOADS, name, content)
        if not known:
            self.suspend(key, True)
        return made

    def priority(self, key: Key) -> int:
        name = self.label(self.store.objects[key], PRIORITY)
        found = self.store.objects.get(Key("workloadpriorityclasses.kueue.x-k8s.io", "", name))
        return int(found["value"]) if found else 0

    def fitting(self, job: Object, used: Usage) -> dict[str, tuple[str, dict[str, int]]] | None:
        """Each role's flavor, and what it takes of it; None where one finds none."""
        name = self.label(job, QUEUE)
        where = Key("localqueues.kueue.x-k8s.io", job["metadata"]["namespace"], name)
        queue = place(self.store.objects.get(where), "spec.clusterQueue") or ""
        cluster_queue = self.store.objects.get(Key("clusterqueues.kueue.x-k8s.io", "", queue))
        if cluster_queue is None:
            return None
        taken: Usage = Counter()
        chosen = {}
        for each, role in job["spec"]["mpiReplicaSpecs"].items():
            asked = self.asked(role)
            if not asked:
                continue
            (group,) = cluster_queue["spec"]["resourceGroups"]
            if not asked.keys() <= set(group["coveredResources"]):
                return None
            spec = role["template"]["spec"]
            flavors = self.flavors(group, spec)
            flavor = next((one for one in flavors if self.has_room(one, asked, used, taken)), None)
            if flavor is None:
                return None
            taken.update({(flavor["name"], name): much for name, much in asked.items()})
            chosen[each] = (flavor["name"], asked)
        return chosen

    def asked(self, role: Object) -> dict[str, int]:
        found: Counter[str] = Counter()
        for container in role["template"]["spec"]["containers"]:
            resources = container.get("resources") or {}
            each = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
            found.update(
                {name: milli(much) * role.get("replicas", 1) for name, much in each.items()}
            )
        return dict(found)

    def flavors(self, group: Object, spec: Object) -> Iterator[Object]:
        """The flavors whose nodes a pod selects, and whose taints it bears."""
        selector, borne = spec.get("nodeSelector") or {}, spec.get("tolerations") or ()
        for flavor in group["flavors"]:
            nodes = self.store.objects.get(
                Key("resourceflavors.kueue.x-k8s.io", "", flavor["name"])
            )
            if nodes is None:
                continue
            labels = place(nodes, "spec.nodeLabels") or {}
            keys = {taint["key"] for taint in place(nodes, "spec.nodeTaints") or ()}
            if all(selector.get(key, value) == value for key, value in labels.items()) and (
                keys <= {each.get("key") for each in borne}
            ):
                yield flavor

    def has_room(self, flavor: Object, asked: dict[str, int], used: Usage, taken: Usage) -> bool:
        quotas = {each["name"]: milli(each["nominalQuota"]) for each in flavor["resources"]}
        name = flavor["name"]
        return all(
            used[name, each] + taken[name, each] + much <= quotas[each]
            for each, much in asked.items()
        )


def milli(quantity: object) -> int:
    return round(size(quantity) * 1000)
