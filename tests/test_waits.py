"""Waits: they end as soon as what is waited for has come, or cannot come, and say why."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from dtemplates.operation.events import unseen
from dtemplates.operation.failures import Failed
from dtemplates.operation.session import Session
from dtemplates.operation.verdicts import judge
from dtemplates.operation.waiting import wait_for
from dtemplates.planning.step import Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.kubernetes_api import KubernetesApi
    from standins.workplace import Workplace

CASES = sorted((Path(__file__).parent / "waits").glob("*.yaml"))
JOB = {
    "apiVersion": "kubeflow.org/v2beta1",
    "kind": "MPIJob",
    "metadata": {"name": "resnet", "namespace": "training"},
    "spec": {
        "slotsPerWorker": 8,
        "runPolicy": {"cleanPodPolicy": "Running"},
        "mpiReplicaSpecs": {
            role: {
                "replicas": count,
                "template": {"spec": {"containers": [{"name": "main", "image": "example/a:1"}]}},
            }
            for role, count in (("Launcher", 1), ("Worker", 2))
        },
    },
}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_verdicts(path: Path) -> None:
    case = yaml.safe_load(path.read_text("utf-8"))
    verdict = judge(case["until"], case["object"], case.get("events", ()), case.get("pods", ()))
    assert verdict.status == case["verdict"], verdict
    assert case.get("why", "") in verdict.why
    assert case.get("remedy", "") in verdict.remedy
    if verdict.status == "hopeless":
        assert verdict.why
        assert verdict.remedy


def test_there_are_cases() -> None:
    assert len(CASES) >= 30


# What the cluster does, which step ends by it, and what is said.
TROUBLES = [
    (
        {"never_bound": {"data": "AccessDenied: not authorized to perform: fsx:CreateFileSystem"}},
        "pvc_fsx",
        "pvc data will not be bound: ProvisioningFailed",
        "AmazonFSxFullAccess",
    ),
    ({"refuse_image": {"attach-pvc"}}, "attach_pvc", "ImagePullBackOff", "name and tag"),
    ({"refuse_image": {"resnet"}}, "jobs/resnet", "pod resnet-worker-0: ", "name and tag"),
    (
        {"unschedulable": {"resnet"}},
        "jobs/resnet",
        "not running after 1 s: mpijob resnet, pod resnet-worker-0: Unschedulable: 0/2 nodes",
        "dtemplates scale GROUP N",
    ),
]


@pytest.mark.parametrize(
    ("behaviour", "step", "said", "remedy"), TROUBLES, ids=lambda one: str(one)[:20]
)
def test_a_wait_ends_with_the_reason(
    behaviour: dict[str, object],
    step: str,
    said: str,
    remedy: str,
    workplace: Callable[..., Workplace],
    api: KubernetesApi,
) -> None:
    place = workplace("current")
    done = place.run("apply", "--yes", "--only", "eks", "--only", "namespace")
    assert done.code == 0, done.output
    for name, value in behaviour.items():
        setattr(api.behaviours, name, value)
    done = place.run("apply", "--yes", "--timeout", "1")
    assert done.code == 1
    assert f"error: step {step}: " in done.stderr
    assert said in done.stderr
    assert remedy in done.stderr
    # Once the trouble is over, the same command goes on.
    api.behaviours.reset()
    api.reconcile()
    again = place.run("apply", "--yes")
    assert again.code == 0, again.output


def test_a_job_that_failed_is_told_and_can_be_begun_again(
    workplace: Callable[..., Workplace], api: KubernetesApi
) -> None:
    from standins.kubernetes_behaviours import Failure

    place = workplace("current")
    api.behaviours.fail_jobs = {"resnet": Failure("BackoffLimitExceeded", "it fell over")}
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert "the job has failed: it fell over" in done.stderr
    assert "dtemplates delete --only jobs/resnet" in done.stderr
    api.behaviours.reset()
    assert place.run("delete", "--yes", "--only", "jobs/resnet").code == 0
    again = place.run("apply", "--yes")
    assert again.code == 0, again.output


def test_a_mount_that_is_not_there_is_told(
    workplace: Callable[..., Workplace], api: KubernetesApi
) -> None:
    from standins.kubernetes_behaviours import ExecResult

    place = workplace("classic")
    api.behaviours.exec_result = ExecResult(1, "", "")
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert "step attach_pvc: it is not so that /fsx is a Lustre file system" in done.stderr
    (asked,) = api.execs
    assert "/fsx lustre" in asked.command[-1]


def test_slow_things_are_waited_for(
    workplace: Callable[..., Workplace], api: KubernetesApi
) -> None:
    place = workplace("classic")
    api.behaviours.delay = 2
    done = place.run("apply", "--yes")
    assert done.code == 0, done.output
    assert "waiting for pod attach-pvc to be ready: " in done.stderr


def test_a_server_that_is_away_for_a_moment_ends_no_wait(
    workplace: Callable[..., Workplace], api: KubernetesApi
) -> None:
    """One look in vain is no reason to give up, three are."""
    place = workplace("classic")
    place.run("apply", "--yes")
    name = ("get", "pvc", "data")
    place.programs.plan_fault("kubectl", *name, kind="unreachable", times=2)
    done = place.run("apply", "--yes", "--only", "pvc_fsx")
    assert done.code == 0, done.output
    place.programs.plan_fault("kubectl", *name, kind="unreachable", times=3)
    done = place.run("apply", "--yes", "--only", "pvc_fsx")
    assert done.code == 1
    assert "see that the network" in done.stderr


@pytest.fixture
def session(tmp_path: Path, api: KubernetesApi, tools: Path) -> Session:
    config = api.kubeconfig(tmp_path / "config")
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "KUBECACHEDIR": str(tmp_path / "cache")}
    return Session(tmp_path, str(config), unseen, lambda text: None, environment)


@pytest.fixture
def operator(api: KubernetesApi, session: Session, tmp_path: Path) -> None:
    """The operator's CRD, namespace and Deployment, as far as the stand-in looks at them."""
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "mpijobs.kubeflow.org"},
        "spec": {
            "group": "kubeflow.org",
            "names": {"kind": "MPIJob", "plural": "mpijobs", "singular": "mpijob"},
            "scope": "Namespaced",
            "versions": [{"name": "v2beta1", "served": True, "storage": True}],
        },
    }
    labels = {"app": "mpi-operator"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "mpi-operator", "namespace": "mpi-operator"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "a", "image": "mpioperator/mpi-operator:0.8.0"}]},
            },
        },
    }
    spaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in ("mpi-operator", "training")
    ]
    for document in (crd, *spaces, deployment):
        create(document, session, tmp_path)


def create(document: object, session: Session, folder: Path) -> None:
    path = folder / "document.json"
    path.write_text(json.dumps(document), "utf-8")
    subprocess.run(
        ["kubectl", "create", "-f", path], env=session.environment, check=True, capture_output=True
    )


REFUSED = [
    ("cleanPodPolicy", {"runPolicy": {"cleanPodPolicy": "Sometimes"}}),
    ("two launchers", {"mpiReplicaSpecs": {"Launcher": {"replicas": 2}}}),
    ("no workers", {"mpiReplicaSpecs": {"Worker": {"replicas": 0}}}),
]


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(("what", "change"), REFUSED, ids=[what for what, _ in REFUSED])
def test_a_job_that_the_operator_refuses_ends_the_wait(
    what: str, change: dict[str, dict[str, object]], session: Session, tmp_path: Path
) -> None:
    job = json.loads(json.dumps(JOB))
    for part, values in change.items():
        for key, value in values.items():
            if isinstance(value, dict):
                job["spec"][part][key] |= value
            else:
                job["spec"][part][key] = value
    create(job, session, tmp_path)
    with pytest.raises(Failed, match="mpijob resnet will not be running: refused: "):
        wait_for(Wait("mpijob", "resnet", "running", "training"), session, 20)


@pytest.mark.usefixtures("operator")
def test_a_misspelt_worker_is_no_success(session: Session, tmp_path: Path) -> None:
    job = json.loads(json.dumps(JOB))
    roles = job["spec"]["mpiReplicaSpecs"]
    roles["Wrker"] = roles.pop("Worker")
    create(job, session, tmp_path)
    with pytest.raises(Failed, match="Wrker is no replica type"):
        wait_for(Wait("mpijob", "resnet", "running", "training"), session, 20)


@pytest.mark.usefixtures("operator")
def test_events_of_an_earlier_job_of_the_same_name_are_not_this_ones(
    session: Session, tmp_path: Path, api: KubernetesApi
) -> None:
    bad = json.loads(json.dumps(JOB))
    bad["spec"]["runPolicy"]["cleanPodPolicy"] = "Sometimes"
    create(bad, session, tmp_path)
    wait = Wait("mpijob", "resnet", "running", "training")
    with pytest.raises(Failed):
        wait_for(wait, session, 20)
    subprocess.run(
        ["kubectl", "delete", "mpijob", "resnet", "--namespace", "training"],
        env=session.environment,
        check=True,
        capture_output=True,
    )
    # The old event stays for an hour, also while the new job is not running yet.
    api.behaviours.delays = {"resnet": 3}
    create(JOB, session, tmp_path)
    wait_for(wait, session, 20)
