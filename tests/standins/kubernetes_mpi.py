"""What the MPI operator makes of MPIJobs, v1alpha1 and v2beta1."""

from __future__ import annotations

from standins.kubernetes_controllers import JOBS, MPI_JOBS, Cluster, condition
from standins.kubernetes_kinds import Object
from standins.kubernetes_store import Key, now, place

POLICIES = ("All", "None", "Running")
OPERATOR = Key("deployments.apps", "mpi-operator", "mpi-operator")


def replicas(worker: Object | None) -> int:
    return int((worker or {}).get("replicas") or 0)


class MpiJobs(Cluster):
    """The MPI operator, of either version, where its Deployment exists."""

    def run(self) -> None:
        if OPERATOR in self.store.objects:
            for key, job in self.store.of(MPI_JOBS).items():
                if job["apiVersion"] == "kubeflow.org/v1alpha1":
                    self.classic(key, job)
                else:
                    self.current(key, job)

    def mistakes(self, key: Key, job: Object) -> list[str]:
        specs = place(job, "spec.mpiReplicaSpecs") or {}
        found = []
        policy = place(job, "spec.runPolicy.cleanPodPolicy") or "None"
        if policy not in POLICIES:
            supported = ", ".join(f'"{each}"' for each in POLICIES)
            found.append(
                f'spec.runPolicy.cleanPodPolicy: Unsupported value: "{policy}": '
                f"supported values: {supported}"
            )
        if not specs.get("Launcher"):
            where = "spec.mpiReplicaSpecs[Launcher]"
            found.append(f"{where}: Required value: must have Launcher replica spec")
        elif (launchers := specs["Launcher"].get("replicas", 1)) != 1:
            where = "spec.mpiReplicaSpecs[Launcher].replicas"
            found.append(f"{where}: Invalid value: {launchers}: must be 1")
        if "Worker" in specs and (workers := replicas(specs["Worker"])) < 1:
            where = "spec.mpiReplicaSpecs[Worker].replicas"
            found.append(f"{where}: Invalid value: {workers}: must be greater than or equal to 1")
        for role in ("Launcher", "Worker"):
            if specs.get(role) and not place(specs[role], "template.spec.containers"):
                where = f"spec.mpiReplicaSpecs[{role}].template.spec.containers"
                found.append(f"{where}: Required value: must define at least one container")
        return found

    def current(self, key: Key, job: Object) -> None:
        mistakes = self.mistakes(key, job)
        if mistakes:
            text = mistakes[0] if len(mistakes) == 1 else f"[{', '.join(mistakes)}]"
            self.event(key, "Warning", "ValidationError", f"Found validation errors: {text}")
            return
        created = condition("Created", True, "MPIJobCreated", self.says(key, "is created."))
        if not self.ready(key):
            self.set_status(key, conditions=[created])
            return
        spec = job["spec"]
        workers = replicas(spec["mpiReplicaSpecs"].get("Worker"))
        suspended = bool(place(job, "spec.runPolicy.suspend"))
        # All would remove the launcher's pod, too, and with it how the job ended.
        clean = (place(job, "spec.runPolicy.cleanPodPolicy") or "None") != "None"
        ended = self.launched(key) in ("Succeeded", "Failed")
        self.workers(job, 0 if suspended or (ended and clean) else workers)
        active = self.phases(job).count("Running")
        # A launcher that exists stays, whatever becomes of the workers.
        waits = spec.get("launcherCreationPolicy") == "WaitForWorkersReady"
        if active == workers or suspended or ended or not waits:
            self.launcher(key, job, spec["mpiReplicaSpecs"]["Launcher"]["template"], suspended)
        self.conclude(key, created, suspended, active, workers)

    def says(self, key: Key, what: str) -> str:
        return f"MPIJob {key.namespace}/{key.name} {what}"

    def launched(self, key: Key) -> str:
        """The phase of the launcher's pod, if there is one."""
        launcher = self.store.objects.get(Key(JOBS, key.namespace, f"{key.name}-launcher"))
        return (self.phases(launcher) or [""])[0] if launcher else ""

    def conclude(
        self, key: Key, created: Object, suspended: bool, active: int, workers: int
    ) -> None:
        """The conditions and counts of an accepted MPIJob v2beta1."""
        phase = self.launched(key)
        conditions = [created]
        if suspended:
            conditions.append(condition("Suspended", True, "MPIJobSuspended", "MPIJob suspended"))
            conditions.append(condition("Running", False, "MPIJobSuspended", "MPIJob suspended"))
        elif phase in ("Succeeded", "Failed"):
            says = self.says(key, "is running.")
            conditions.append(condition("Running", False, "MPIJobRunning", says))
            failure = self.failure(key) or ("MPIJobFailed", self.says(key, "has failed"))
            says = self.says(key, "successfully completed.")
            why = ("MPIJobSucceeded", says) if phase == "Succeeded" else failure
            conditions.append(condition(phase, True, *why))
        elif phase == "Running" and active == workers:
            says = self.says(key, "is running.")
            conditions.append(condition("Running", True, "MPIJobRunning", says))
        counted = {"Running": "active", "Succeeded": "succeeded", "Failed": "failed"}
        counts = {"Launcher": {counted[phase]: 1} if phase in counted else {}}
        if workers:
            counts["Worker"] = {"active": active} if active else {}
        self.set_status(key, conditions=conditions, replicaStatuses=counts, startTime=now())

    def labels(self, job: Object, role: str) -> dict[str, str]:
        name = job["metadata"]["name"]
        if job["apiVersion"] == "kubeflow.org/v1alpha1":
            return {
                "group_name": "kubeflow.org",
                "mpi_job_name": name,
                "mpi_role_type": role,
            }
        return {
            "training.kubeflow.org/job-name": name,
            "training.kubeflow.org/job-role": role,
            "training.kubeflow.org/operator-name": "mpi-operator",
        }

    def workers(self, job: Object, count: int) -> None:
        name = job["metadata"]["name"]
        names = [f"{name}-worker-{number}" for number in range(count)]
        for key in self.children(job, "pods"):
            if key.name not in names:
                self.store.remove(key)
        for each in names:
            spec = place(job, "spec.mpiReplicaSpecs.Worker.template") or job["spec"]["template"]
            self.pod(job, each, spec, self.labels(job, "worker"))

    def launcher(self, key: Key, job: Object, template: Object, suspend: bool) -> None:
        metadata = template.get("metadata") or {}
        labels = {**(metadata.get("labels") or {}), **self.labels(job, "launcher")}
        name = f"{key.name}-launcher"
        made = self.child(
            job,
            JOBS,
            name,
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"labels": labels},
                "spec": {
                    "parallelism": 1,
                    "completions": 1,
                    "backoffLimit": 6,
                    "template": {**template, "metadata": {**metadata, "labels": labels}},
                },
            },
        )
        launcher = self.store.objects[made]
        uid = launcher["metadata"]["uid"]
        selector = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
        spec = {**launcher["spec"], "selector": selector, "suspend": suspend}
        self.store.write(made, {**launcher, "spec": spec})

    def classic(self, key: Key, job: Object) -> None:
        if not self.ready(key) or not place(job, "spec.template.spec.containers"):
            return
        arguments = self.store.objects[OPERATOR]["spec"]["template"]["spec"]["containers"][0]
        flags = [*arguments.get("args", ()), "--gpus-per-node", "8"]
        per_node = int(flags[flags.index("--gpus-per-node") + 1])
        spec = job["spec"]
        workers = spec.get("replicas") or max(1, spec.get("gpus", 1) // per_node)
        phase = self.launched(key)
        self.workers(job, 0 if phase in ("Succeeded", "Failed") else workers)
        active = self.phases(job).count("Running")
        # This operator always waits for its workers.
        if active == workers:
            self.launcher(key, job, spec["template"], False)
        says = {"Running": "Active"}.get(phase, phase)
        status = {"launcherStatus": says} if says not in ("", "Pending") else {}
        self.set_status(key, **status, workerReplicas=active)
