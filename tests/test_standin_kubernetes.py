"""The stand-in for the Kubernetes API, as the real kubectl and helm see it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from standins.kubernetes_api import KubernetesApi
from standins.kubernetes_behaviours import ExecCall, ExecResult, Failure

import dtemplates

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def api() -> Iterator[KubernetesApi]:
    with KubernetesApi() as api:
        yield api


def runner(program: Path, api: KubernetesApi, folder: Path) -> Run:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "KUBECONFIG": str(api.kubeconfig(folder / "kubeconfig")),
        "KUBECACHEDIR": str(folder / "cache"),
    }

    def run(
        *arguments: str, manifest: Any = None, code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        documents = manifest if isinstance(manifest, list) else [manifest]
        # A tool that waits for ever is to be seen here, not in the gate's timeout.
        done = subprocess.run(
            [program, *arguments],
            env=environment,
            input=manifest
            if isinstance(manifest, str)
            else "\n---\n".join(map(json.dumps, documents)),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert code in (None, done.returncode), done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def kube(kubectl: Path, api: KubernetesApi, tmp_path: Path) -> Run:
    return runner(kubectl, api, tmp_path)


def named(version: str, kind: str, name: str, namespace: str = "default", **rest: Any) -> Any:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def pod(name: str, image: str = "a", **metadata: Any) -> Any:
    obj = named("v1", "Pod", name, spec={"containers": [{"name": "main", "image": image}]})
    obj["metadata"].update(metadata)
    return obj


def config_map(name: str = "settings", namespace: str = "default", **data: str) -> Any:
    return named("v1", "ConfigMap", name, namespace, data=data)


def workload(kind: str, name: str, namespace: str = "default", **spec: Any) -> Any:
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "main", "image": "a"}]},
    }
    content = {"selector": {"matchLabels": labels}, "template": template, **spec}
    return named("apps/v1", kind, name, namespace, spec=content)


def claim(name: str = "data", storage_class: str | None = "fsx-sc", **spec: Any) -> Any:
    content = {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1200Gi"}},
        **({} if storage_class is None else {"storageClassName": storage_class}),
        **spec,
    }
    return named("v1", "PersistentVolumeClaim", name, spec=content)


def volume(name: str = "data", storage_class: str = "fsx-sc", capacity: str = "1200Gi") -> Any:
    content = {
        "capacity": {"storage": capacity},
        "accessModes": ["ReadWriteMany"],
        "storageClassName": storage_class,
        "persistentVolumeReclaimPolicy": "Retain",
        "csi": {"driver": "fsx.csi.aws.com", "volumeHandle": "fs-0"},
    }
    return named("v1", "PersistentVolume", name, "", spec=content)


STORAGE_CLASS = named(
    "storage.k8s.io/v1", "StorageClass", "fsx-sc", "", provisioner="fsx.csi.aws.com"
)


def definition(version: str = "v2beta1") -> Any:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    spec = {
        "group": "kubeflow.org",
        "scope": "Namespaced",
        "names": {"kind": "MPIJob", "plural": "mpijobs", "singular": "mpijob"},
        "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
    }
    return named(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", "mpijobs.kubeflow.org", "", spec=spec
    )


OPERATOR = [
    named("v1", "Namespace", "mpi-operator", ""),
    workload("Deployment", "mpi-operator", "mpi-operator"),
]


def mpi_job(
    name: str = "resnet",
    launchers: int = 1,
    workers: int = 2,
    worker: str = "Worker",
    policy: str = "Running",
    **run_policy: Any,
) -> Any:
    def replicas(count: int, role: str) -> Any:
        containers = [{"name": role, "image": "example/train:1.0"}]
        return {"replicas": count, "template": {"spec": {"containers": containers}}}

    spec = {
        "slotsPerWorker": 8,
        "runPolicy": {"cleanPodPolicy": policy, **run_policy},
        "mpiReplicaSpecs": {
            "Launcher": replicas(launchers, "launcher"),
            worker: replicas(workers, "worker"),
        },
    }
    return named("kubeflow.org/v2beta1", "MPIJob", name, spec=spec)


def applied(kube: Run, manifest: Any, *arguments: str) -> str:
    done = kube("apply", "-f", "-", *arguments, manifest=manifest)
    # A warning would show in the output of whatever runs kubectl.
    assert done.stderr == ""
    return done.stdout


def status(api: KubernetesApi, resource: str, name: str, namespace: str = "default") -> Any:
    found = api.get(resource, namespace, name)
    assert found is not None
    return found.get("status", {})


def conditions(found: Any) -> dict[str, str]:
    return {each["type"]: each["status"] for each in found.get("conditions", [])}


def events(api: KubernetesApi) -> set[tuple[str, str, str]]:
    return {
        (obj["involvedObject"]["name"], obj["type"], obj["reason"])
        for key, obj in api.objects.items()
        if key.resource == "events"
    }


@pytest.mark.parametrize("flags", [(), ("--server-side",)], ids=["client", "server"])
def test_apply_creates_keeps_and_changes(
    kube: Run, api: KubernetesApi, flags: tuple[str, ...]
) -> None:
    says = ("serverside-applied",) * 3 if flags else ("created", "unchanged", "configured")
    assert says[0] in applied(kube, config_map(a="1", b="2"), *flags)
    before = api.get("configmaps", "default", "settings")
    assert says[1] in applied(kube, config_map(a="1", b="2"), *flags)
    assert api.get("configmaps", "default", "settings") == before
    assert says[2] in applied(kube, config_map(b="3"), *flags)
    after = api.get("configmaps", "default", "settings")
    assert after is not None
    assert after["data"] == {"b": "3"}
    assert before is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]


@pytest.mark.parametrize("flags", [(), ("--server-side",)], ids=["client", "server"])
def test_lists_are_merged_by_their_key(
    kube: Run, api: KubernetesApi, flags: tuple[str, ...]
) -> None:
    first = workload("Deployment", "web")
    container = first["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    applied(kube, first, *flags)
    container["env"] = [{"name": "C", "value": "3"}, {"name": "B", "value": "4"}]
    applied(kube, first, *flags)
    found = api.get("deployments", "default", "web")
    assert found is not None
    (live,) = found["spec"]["template"]["spec"]["containers"]
    assert {each["name"]: each["value"] for each in live["env"]} == {"B": "4", "C": "3"}
    assert found["metadata"]["generation"] == 2
    assert found["status"]["observedGeneration"] == 2


@pytest.mark.parametrize(
    "arguments",
    [("apply",), ("apply", "--server-side"), ("create",), ("delete", "--ignore-not-found")],
    ids=" ".join,
)
def test_dry_run_changes_nothing(kube: Run, api: KubernetesApi, arguments: tuple[str, ...]) -> None:
    applied(kube, [config_map("old", a="1"), definition()])
    before = api.snapshot()
    changed = [config_map("new"), *([] if arguments[0] == "create" else [config_map("old", a="2")])]
    done = kube(*arguments, "-f", "-", "--dry-run=server", manifest=changed)
    assert "new" in done.stdout or arguments[0] == "delete"
    assert api.snapshot() == before


def test_diff(kube: Run, api: KubernetesApi) -> None:
    applied(kube, [pod("old"), definition()])
    applied(kube, mpi_job())
    before = api.snapshot()
    assert kube("diff", "-f", "-", manifest=[pod("old"), mpi_job()]).stdout == ""
    assert "+  - image: b" in kube("diff", "-f", "-", manifest=pod("old", "b"), code=1).stdout
    assert "+kind: Pod" in kube("diff", "-f", "-", manifest=pod("new"), code=1).stdout
    assert "replicas: 5" in kube("diff", "-f", "-", manifest=mpi_job(workers=5), code=1).stdout
    flags = ("diff", "--server-side", "-f", "-")
    assert "+kind: Pod" in kube(*flags, manifest=pod("new"), code=1).stdout
    assert api.snapshot() == before


def test_refusals_are_the_real_ones(kube: Run, api: KubernetesApi) -> None:
    manifest = config_map(namespace="none")
    for flags in (
        ("create",),
        ("apply",),
        ("apply", "--server-side"),
        ("apply", "--dry-run=server"),
        ("apply", "--server-side", "--dry-run=server"),
    ):
        done = kube(*flags, "-f", "-", manifest=manifest, code=1)
        assert 'namespaces "none" not found' in done.stderr
        assert "(NotFound)" in done.stderr
    done = kube("apply", "-f", "-", manifest=mpi_job(), code=1)
    assert 'no matches for kind "MPIJob" in version "kubeflow.org/v2beta1"' in done.stderr
    kube("create", "-f", "-", manifest=config_map())
    done = kube("create", "-f", "-", manifest=config_map(), code=1)
    assert '(AlreadyExists): error when creating "STDIN": configmaps "settings" already' in (
        done.stderr
    )
    done = kube("get", "pods", "none", code=1)
    assert done.stderr == 'Error from server (NotFound): pods "none" not found\n'
    done = kube("create", "-f", "-", manifest=named("v1", "Pod", "empty", spec={}), code=1)
    assert 'Pod "empty" is invalid: spec.containers: Required value' in done.stderr
    patch = '[{"op": "replace", "path": "/none/a", "value": 1}]'
    kube("patch", "cm", "settings", "--type=json", "-p", patch, code=1)
    applied(kube, volume())
    moved = volume()
    moved["spec"]["csi"]["volumeHandle"] = "fs-1"
    done = kube("apply", "-f", "-", manifest=moved, code=1)
    assert 'PersistentVolume "data" is invalid: spec.csi' in done.stderr


def test_get(kube: Run, api: KubernetesApi) -> None:
    applied(kube, named("v1", "Namespace", "other", ""))
    applied(kube, [pod("a", labels={"app": "x"}), pod("b", labels={"app": "y"})])
    applied(kube, [config_map(namespace="other"), config_map()])
    assert kube("get", "pods", "-o", "name").stdout == "pod/a\npod/b\n"
    assert kube("get", "pods", "-o", "name", "-l", "app=x").stdout == "pod/a\n"
    assert kube("get", "po", "-o", "name", "-l", "app notin (x, z),app").stdout == "pod/b\n"
    assert kube("get", "pods", "-o", "name", "--field-selector=metadata.name=b").stdout == "pod/b\n"
    everywhere = kube("get", "cm", "-A", "-o", "jsonpath={.items[*].metadata.namespace}")
    assert everywhere.stdout == "default other"
    assert kube("get", "pods,cm", "-o", "name").stdout == "pod/a\npod/b\nconfigmap/settings\n"
    assert kube("get", "pod", "none", "--ignore-not-found", "-o", "json").stdout == ""
    assert json.loads(kube("get", "pods", "none", "a", "-o", "json", code=1).stdout)
    found = json.loads(kube("get", "pod", "a", "-o", "json").stdout)
    assert found["metadata"]["generation"] == 1
    assert {"uid", "resourceVersion", "creationTimestamp"} <= found["metadata"].keys()
    assert found["status"]["phase"] == "Running"
    assert conditions(found["status"])["Ready"] == "True"
    assert found["spec"]["nodeName"]


def test_delete(kube: Run, api: KubernetesApi) -> None:
    applied(kube, [named("v1", "Namespace", "other", ""), config_map(namespace="other")])
    applied(kube, [*OPERATOR, definition()])
    applied(kube, mpi_job())
    assert api.get("jobs", "default", "resnet-launcher")
    flags = ("--ignore-not-found", "--wait")
    for _ in range(2):
        kube("delete", "-f", "-", *flags, manifest=named("v1", "Namespace", "other", ""))
        assert api.get("configmaps", "other", "settings") is None
    kube("delete", "crd", "mpijobs.kubeflow.org", *flags)
    assert not [key for key in api.objects if "resnet" in key.name and key.resource != "events"]
    done = kube("get", "mpijobs", code=1)
    assert "the server" in done.stderr
    assert kube("delete", "pod", "none", code=1).stderr.startswith("Error from server (NotFound)")


def test_finalizers_hold_an_object(kube: Run, api: KubernetesApi) -> None:
    held = config_map()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    applied(kube, held)
    kube("delete", "cm", "settings", "--wait=false")
    found = api.get("configmaps", "default", "settings")
    assert found is not None
    assert "deletionTimestamp" in found["metadata"]
    kube("patch", "cm", "settings", "--type=merge", "-p", '{"metadata": {"finalizers": null}}')
    assert api.get("configmaps", "default", "settings") is None


def test_wait_and_rollout(kube: Run, api: KubernetesApi) -> None:
    api.add_nodes(2)
    api.behaviours.delay = 3
    kinds = [workload(each, "web") for each in ("Deployment", "DaemonSet", "StatefulSet")]
    applied(kube, [pod("a"), *kinds])
    assert status(api, "pods", "a")["phase"] == "Pending"
    assert status(api, "daemonsets", "web")["numberReady"] == 0
    kube("wait", "--for=condition=Ready", "pod/a", "--timeout=5s")
    for each in ("deployment/web", "daemonset/web", "statefulset/web"):
        assert "roll" in kube("rollout", "status", each, "--timeout=5s").stdout
    assert status(api, "daemonsets", "web")["numberReady"] == 2
    kube("wait", "--for=jsonpath={.status.phase}=Running", "pod/a", "--timeout=5s")
    done = kube("wait", "--for=condition=None", "pod/a", "--timeout=1s", code=1)
    assert "timed out" in done.stderr


def test_reads_count_towards_readiness(kube: Run, api: KubernetesApi) -> None:
    api.behaviours.delays = {"slow": 2}
    kube("create", "-f", "-", manifest=[pod("slow"), pod("quick")])
    reads = [kube("get", "pod", "slow", "-o", "jsonpath={.status.phase}").stdout for _ in range(3)]
    assert reads == ["Pending", "Pending", "Running"]
    assert status(api, "pods", "quick")["phase"] == "Running"


def test_a_wait_sees_what_comes_later(kube: Run, api: KubernetesApi) -> None:
    applied(kube, claim())
    timer = threading.Timer(0.5, kube, ["create", "-f", "-"], {"manifest": volume()})
    timer.start()
    kube("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/data", "--timeout=10s")
    timer.join()


def test_claims(kube: Run, api: KubernetesApi) -> None:
    api.behaviours.never_bound = {"refused": "CreateVolume failed"}
    small = volume("small", "by-class", "1Gi")
    applied(kube, [claim("by-class", "by-class"), small, claim("none", None), claim("refused")])
    for each in ("by-class", "none", "refused"):
        assert status(api, "persistentvolumeclaims", each)["phase"] == "Pending"
    found = events(api)
    assert ("by-class", "Normal", "FailedBinding") in found
    assert ("none", "Normal", "FailedBinding") in found
    assert ("refused", "Warning", "ProvisioningFailed") in found
    done = kube(
        "get",
        "events",
        "--field-selector=involvedObject.name=refused,involvedObject.kind=PersistentVolumeClaim",
        "-o",
        "jsonpath={.items[*].message}",
    )
    assert done.stdout == "CreateVolume failed"
    applied(kube, [volume("large", "by-class"), claim("dynamic"), STORAGE_CLASS])
    for each in ("by-class", "dynamic"):
        assert status(api, "persistentvolumeclaims", each)["phase"] == "Bound"
    dynamic = api.get("persistentvolumeclaims", "default", "dynamic")
    assert dynamic is not None
    assert status(api, "persistentvolumes", dynamic["spec"]["volumeName"], "")["phase"] == "Bound"
    assert status(api, "persistentvolumes", "small", "")["phase"] == "Available"
    # What is bound stays the same to kubectl, though a controller wrote into its spec.
    assert "unchanged" in applied(kube, claim("by-class", "by-class"))
    kube("delete", "pvc", "by-class", "dynamic")
    assert status(api, "persistentvolumes", "large", "")["phase"] == "Released"
    assert api.get("persistentvolumes", "", dynamic["spec"]["volumeName"]) is None


def test_a_claim_names_its_volume(kube: Run, api: KubernetesApi) -> None:
    applied(kube, [volume("one", ""), volume("two", ""), claim("data", "", volumeName="two")])
    assert status(api, "persistentvolumeclaims", "data")["phase"] == "Bound"
    assert status(api, "persistentvolumes", "one", "")["phase"] == "Available"


def test_pods_that_do_not_start(kube: Run, api: KubernetesApi) -> None:
    api.behaviours.refuse_image = {"image", "work"}
    api.behaviours.unschedulable = {"big"}
    template = {"spec": pod("x")["spec"]}
    job = named("batch/v1", "Job", "work", spec={"template": template})
    applied(kube, [pod("image"), pod("big"), job])
    path = "jsonpath={.status.containerStatuses[0].state.waiting.reason}"
    assert kube("get", "pod", "image", "-o", path).stdout == "ImagePullBackOff"
    assert conditions(status(api, "pods", "big")) == {"PodScheduled": "False"}
    assert {("image", "Warning", "Failed"), ("big", "Warning", "FailedScheduling")} <= events(api)
    (worker,) = [key.name for key in api.objects if key.name.startswith("work-")][:1]
    assert worker.startswith("work-")
    assert kube("logs", "image", code=1).stderr.endswith("failing to pull image\n")
    assert "does not have a host" in kube("logs", "big", code=1).stderr
    kube("exec", "image", "--", "true", code=1)
    api.behaviours.reset()
    api.reconcile()
    assert status(api, "pods", "big")["phase"] == "Running"


def test_logs(kube: Run, api: KubernetesApi) -> None:
    template = {"spec": pod("x")["spec"]}
    applied(kube, [pod("a"), named("batch/v1", "Job", "work", spec={"template": template})])
    api.behaviours.logs = {"work": "one\ntwo\nthree\n"}
    assert kube("logs", "a").stdout == "a started\n"
    assert kube("logs", "pod/a", "-f").stdout == "a started\n"
    assert kube("logs", "job/work", "--tail=2").stdout == "two\nthree\n"
    assert kube("logs", "-f", "job/work").stdout == "one\ntwo\nthree\n"


def test_exec(kube: Run, api: KubernetesApi) -> None:
    applied(kube, pod("a"))
    assert kube("exec", "a", "--", "true").stdout == ""
    api.behaviours.exec_result = ExecResult(3, "out\n" * 20_000, "problem\n")
    done = kube("exec", "a", "--", "ls", "/fsx", code=3)
    assert done.stdout == "out\n" * 20_000
    assert done.stderr.startswith("problem\n")

    def answer(call: ExecCall) -> ExecResult:
        return ExecResult(0, f"{call.command} {call.stdin.decode()}")

    api.behaviours.exec_result = answer
    done = kube("exec", "-i", "a", "--", "cat", manifest="some input")
    assert done.stdout == "['cat'] some input"
    assert api.execs[-1] == ExecCall("default", "a", "main", ["cat"], b"some input")
    assert 'pods "none" not found' in kube("exec", "none", "--", "true", code=1).stderr


def test_an_mpi_job_runs(kube: Run, api: KubernetesApi) -> None:
    applied(kube, definition())
    applied(kube, mpi_job())
    found = api.get("mpijobs", "default", "resnet")
    assert found is not None
    assert "status" not in found
    applied(kube, OPERATOR)
    assert conditions(status(api, "mpijobs", "resnet")) == {"Created": "True", "Running": "True"}
    counts = status(api, "mpijobs", "resnet")["replicaStatuses"]
    assert counts == {"Launcher": {"active": 1}, "Worker": {"active": 2}}
    label = "training.kubeflow.org/job-name=resnet,training.kubeflow.org/job-role"
    workers = kube("get", "pods", "-o", "name", "-l", f"{label}=worker").stdout.split()
    assert workers == ["pod/resnet-worker-0", "pod/resnet-worker-1"]
    (launcher,) = kube("get", "pods", "-o", "name", "-l", f"{label}=launcher").stdout.split()
    assert launcher.startswith("pod/resnet-launcher-")
    assert "started" in kube("logs", "job/resnet-launcher").stdout
    assert "unchanged" in applied(kube, mpi_job())
    assert "configured" in applied(kube, mpi_job(workers=1))
    assert api.get("pods", "default", "resnet-worker-1") is None
    kube("wait", "--for=condition=Running", "mpijob/resnet", "--timeout=5s")


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (mpi_job(launchers=2), "must be 1"),
        (named("kubeflow.org/v2beta1", "MPIJob", "resnet", spec={}), "must have Launcher"),
        (mpi_job(workers=0), "must be greater than or equal to 1"),
        (mpi_job(policy="Always"), "Unsupported value"),
    ],
    ids=["launchers", "empty", "workers", "policy"],
)
def test_an_mpi_job_is_refused(kube: Run, api: KubernetesApi, manifest: Any, says: str) -> None:
    applied(kube, [*OPERATOR, definition()])
    applied(kube, manifest)
    assert events(api) == {("resnet", "Warning", "ValidationError")}
    (event,) = [obj for key, obj in api.objects.items() if key.resource == "events"]
    assert says in event["message"]
    assert status(api, "mpijobs", "resnet") == {}
    assert not [key for key in api.objects if key.resource == "pods"]


def test_mpi_jobs_that_do_other_than_run(kube: Run, api: KubernetesApi) -> None:
    api.behaviours.fail_jobs = {"failed": Failure("BackoffLimitExceeded", "mpirun gave up")}
    api.behaviours.succeed_jobs = {"done"}
    api.behaviours.unschedulable = {"big"}
    applied(kube, [*OPERATOR, definition()])
    applied(
        kube,
        [
            mpi_job("misspelt", worker="Wrker"),
            mpi_job("paused", suspend=True),
            *(mpi_job(each) for each in ("failed", "done", "big")),
        ],
    )
    misspelt = status(api, "mpijobs", "misspelt")
    assert conditions(misspelt)["Succeeded"] == "True"
    assert "Worker" not in misspelt["replicaStatuses"]
    assert api.get("pods", "default", "misspelt-worker-0") is None
    assert conditions(status(api, "mpijobs", "paused"))["Suspended"] == "True"
    assert api.get("pods", "default", "paused-worker-0") is None
    failed = status(api, "mpijobs", "failed")["conditions"][-1]
    assert (failed["type"], failed["message"]) == ("Failed", "mpirun gave up")
    assert conditions(status(api, "mpijobs", "done"))["Succeeded"] == "True"
    assert conditions(status(api, "jobs", "done-launcher")) == {"Complete": "True"}
    assert conditions(status(api, "mpijobs", "big")) == {"Created": "True"}
    assert ("big-worker-0", "Warning", "FailedScheduling") in events(api)
    assert api.get("jobs", "default", "big-launcher")
    applied(kube, mpi_job("paused"))
    assert conditions(status(api, "mpijobs", "paused"))["Running"] == "True"


def test_a_launcher_may_wait_for_its_workers(kube: Run, api: KubernetesApi) -> None:
    api.behaviours.refuse_image = {"resnet-worker-1"}
    applied(kube, [*OPERATOR, definition()])
    job = mpi_job()
    job["spec"]["launcherCreationPolicy"] = "WaitForWorkersReady"
    applied(kube, job)
    found = status(api, "mpijobs", "resnet")
    assert conditions(found) == {"Created": "True"}
    assert found["replicaStatuses"] == {"Launcher": {}, "Worker": {"active": 1}}
    assert api.get("jobs", "default", "resnet-launcher") is None
    api.behaviours.reset()
    api.reconcile()
    assert conditions(status(api, "mpijobs", "resnet"))["Running"] == "True"
    kube("delete", "mpijob", "resnet")
    assert not [key for key in api.objects if key.resource in ("pods", "jobs.batch")]


@pytest.fixture
def classic(tmp_path: Path) -> Path:
    settings = dtemplates.load(
        ROOT / "examples" / "classic.yaml", overrides=["versions.helm=4.1.4"]
    )
    dtemplates.write(dtemplates.render(settings), tmp_path / "classic")
    return tmp_path / "classic"


def test_the_classic_stack_with_helm(
    kube: Run, helm: Path, api: KubernetesApi, classic: Path, tmp_path: Path
) -> None:
    run = runner(helm, api, tmp_path)
    chart = str(classic / "helm" / "mpijob")
    job = str(classic / "jobs" / "maskrcnn.yaml")
    for _ in range(2):
        run("upgrade", "--install", "mpijob", chart, "--wait", "--timeout=10s")
        assert json.loads(run("status", "mpijob", "-o", "json").stdout)["info"]["status"] == (
            "deployed"
        )
    for says in ("created", "unchanged"):
        done = kube("apply", "-f", job)
        assert says in done.stdout
        assert done.stderr == ""
    found = status(api, "mpijobs", "maskrcnn")
    assert found == {"launcherStatus": "Active", "workerReplicas": 1}
    assert api.get("pods", "default", "maskrcnn-worker-0")
    assert "started" in kube("logs", "job/maskrcnn-launcher").stdout
    run("uninstall", "mpijob")
    left = [key for key in api.objects if key.namespace == "default" and key.resource != "events"]
    assert left == []
    assert run("status", "mpijob", code=1).stderr == "Error: release: not found\n"


def test_a_definition_of_either_version(kube: Run, api: KubernetesApi, classic: Path) -> None:
    old = (classic / "helm" / "mpijob" / "templates" / "crd.yaml").read_text("utf-8")
    assert "created" in applied(kube, old)
    assert "unchanged" in applied(kube, old)
    assert kube("diff", "-f", "-", manifest=old).stdout == ""
    kube("wait", "--for=condition=Established", "crd/mpijobs.kubeflow.org", "--timeout=5s")
    done = kube("get", "crd", "mpijobs.kubeflow.org", "-o", "json")
    found = json.loads(done.stdout)
    assert found["apiVersion"] == "apiextensions.k8s.io/v1"
    (version,) = found["spec"]["versions"]
    assert version["name"] == "v1alpha1"
    assert version["schema"]["openAPIV3Schema"]["properties"]
    assert "validation" not in found["spec"]
    assert kube("get", "mpij", "-o", "name").stdout == ""


def test_a_cached_discovery_learns_of_a_new_kind(kube: Run, api: KubernetesApi) -> None:
    kube("get", "mpijobs", code=1)
    applied(kube, [definition(), *OPERATOR])
    applied(kube, mpi_job())
    assert kube("get", "mpijobs", "-o", "name").stdout == "mpijob.kubeflow.org/resnet\n"


def test_unavailable_and_down(kube: Run, api: KubernetesApi) -> None:
    kube("get", "pods")
    api.behaviours.unavailable = True
    assert "(ServiceUnavailable)" in kube("get", "pods", code=1).stderr
    api.behaviours.unavailable = False
    api.down = True
    assert "was refused" in kube("get", "pods", code=1).stderr
    api.down = False
    kube("get", "pods")


def test_snapshots_and_resets(kube: Run, api: KubernetesApi) -> None:
    fresh = api.all()
    applied(kube, [*OPERATOR, definition()])
    applied(kube, [mpi_job(), claim(), STORAGE_CLASS])
    first, everything = api.snapshot(), api.all()
    kube("delete", "mpijob,pvc", "--all")
    assert api.all() != everything
    started = time.monotonic()
    for _ in range(150):
        api.restore(first)
        assert api.snapshot() == first
    assert time.monotonic() - started < 2
    assert api.all() == everything
    api.behaviours.unavailable = True
    api.reset()
    assert api.all() == fresh
    assert not api.behaviours.unavailable
    # The same again, with other uids, is the same.
    applied(kube, [*OPERATOR, definition()])
    applied(kube, [mpi_job(), claim(), STORAGE_CLASS])
    assert api.all() == everything


def test_the_rest_that_kubectl_asks(kube: Run, api: KubernetesApi) -> None:
    nodes = api.add_nodes(2, "workers", gpus=4, efa=0)
    found = json.loads(kube("get", "node", nodes[1], "-o", "json").stdout)
    assert found["status"]["allocatable"]["nvidia.com/gpu"] == "4"
    selector = "alpha.eksctl.io/nodegroup-name=workers"
    assert len(kube("get", "nodes", "-l", selector, "-o", "name").stdout.split()) == 2
    api.behaviours.version = "1.33"
    told = json.loads(kube("version", "-o", "json").stdout)["serverVersion"]
    assert (told["major"], told["minor"]) == ("1", "33")
    assert "daemonsets" in kube("api-resources").stdout
    assert "apps/v1" in kube("api-versions").stdout
    assert kube("auth", "can-i", "create", "pods").stdout == "yes\n"
    kube("create", "namespace", "made")
    kube("create", "configmap", "made", "-n", "made", "--from-literal=a=b")
    made = api.get("configmaps", "made", "made")
    assert made is not None
    assert made["data"] == {"a": "b"}
    assert "demo.us-east-1.eksctl.io" in kube("config", "get-clusters").stdout
    kube("label", "node", nodes[0], "a=b")
    assert kube("get", "nodes", "-l", "a=b", "-o", "name").stdout == f"node/{nodes[0]}\n"
    methods = [(each.method, each.path.partition("?")[0]) for each in api.requests]
    assert ("PATCH", f"/api/v1/nodes/{nodes[0]}") in methods


def test_it_stops_with_a_watch_open(kubectl: Path, tmp_path: Path) -> None:
    api = KubernetesApi()
    api.start()
    environment = {"KUBECONFIG": str(api.kubeconfig(tmp_path / "config")), "HOME": str(tmp_path)}
    with subprocess.Popen(
        [kubectl, "get", "pods", "--watch"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as watch:
        deadline = time.monotonic() + 10
        while not any("watch=true" in each.path for each in api.requests):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        started = time.monotonic()
        api.stop()
        assert time.monotonic() - started < 1
        watch.kill()
