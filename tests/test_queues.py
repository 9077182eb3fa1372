"""Jobs in Kueue's queues: applied all at once, started one after the other, and deleted again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from standins.kubernetes_store import Key

import dtemplates
from dtemplates.planning.plan import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.kubernetes_api import KubernetesApi
    from standins.workplace import Workplace

# Two nodes, and jobs for six.
SETTINGS = """\
cluster:
  name: demo
  region: us-east-1
  vpc: {id: vpc-0a, public_subnets: {us-east-1b: subnet-0a, us-east-1c: subnet-0b}}
nodegroups:
  - name: gpu
    instance_type: p5.48xlarge
    availability_zones: [us-east-1c]
    desired_capacity: 2
    max_size: 2
    efa: true
    taints: [{key: nvidia.com/gpu, value: "true", effect: NoSchedule}]
namespace: training
kueue: {priorities: {normal: 0, high: 10}}
job_defaults: {queue: team-a, priority: normal, image: example/train:1.0, command: [python, a.py]}
jobs:
  - {name: first, gpus: 8}
  - {name: second, gpus: 8}
  - {name: third, gpus: 16}
  - {name: urgent, gpus: 16, priority: high}
"""
THEIRS = Key("localqueues.kueue.x-k8s.io", "default", "theirs")


@pytest.fixture
def queued(workplace: Callable[..., Workplace]) -> Workplace:
    """A place in which these settings have been applied."""
    place = workplace("current", SETTINGS)
    done = place.run("apply", "--yes")
    assert done.code == 0, done.output
    return place


def states(place: Workplace) -> dict[str, str]:
    found = {}
    for job in dtemplates.load(place.settings).jobs:
        conditions = place.object("mpijobs.kubeflow.org", "training", job.name)["status"]
        true = [one["type"] for one in conditions["conditions"] if one["status"] == "True"]
        found[job.name] = true[-1]
    return found


def end(api: KubernetesApi, name: str) -> None:
    api.behaviours.succeed_jobs.add(name)
    api.reconcile()


def test_jobs_wait_for_their_turn(queued: Workplace, api: KubernetesApi) -> None:
    waiting = {"third": "Suspended", "urgent": "Suspended"}
    assert states(queued) == {"first": "Running", "second": "Running", **waiting}
    end(api, "first")
    assert states(queued) == {"first": "Succeeded", "second": "Running", **waiting}
    end(api, "second")
    # What is urgent goes first, though it came last.
    assert states(queued)["urgent"] == "Running"
    assert states(queued)["third"] == "Suspended"
    end(api, "urgent")
    assert states(queued)["third"] == "Running"


def test_there_is_nothing_to_do_again(queued: Workplace, api: KubernetesApi) -> None:
    begin = len(queued.commands())
    for name in ("", "first", "second"):
        if name:
            end(api, name)
        again = queued.run("apply", "--yes")
        assert again.code == 0, again.output
        assert again.stdout.startswith("0 steps done now")
    assert queued.commands()[begin:] == []


def test_waiting_is_no_fault(queued: Workplace) -> None:
    told = queued.run("status")
    assert told.code == 0, told.output
    lines = {line.split()[1]: line for line in told.stdout.splitlines() if "job " in line}
    assert "running" in lines["first"]
    assert "suspended" in lines["third"]


def test_queues_go_before_kueue(queued: Workplace) -> None:
    begin = len(queued.commands())
    done = queued.run("delete", "--yes")
    assert done.code == 0, done.output
    made = plan(dtemplates.load(queued.settings))
    wanted = [str(one) for step in reversed(made) if not step.keep for one in step.undo]
    assert queued.commands()[begin:] == wanted
    order = [one.split()[3] for one in wanted if "kueue" in one]
    assert order[0] == "kueue/local_queues.yaml"
    assert order[-1].endswith("/manifests.yaml")
    assert not [one for one in queued.api.all() if "kueue" in str(one)]


def test_kueue_stays_while_there_are_queues_of_others(
    queued: Workplace, api: KubernetesApi
) -> None:
    """With Kueue go its kinds, and with them all queues."""
    queue = {"spec": {"clusterQueue": "cluster-queue"}}
    api.put("kueue.x-k8s.io/v1beta2", "LocalQueue", THEIRS, {}, queue)
    done = queued.run("delete", "--yes")
    assert done.code == 1
    assert "error: step kueue: it would delete these too: LocalQueue/theirs" in done.stderr
    assert queued.object(*THEIRS)
    assert queued.object("deployments.apps", "kueue-system", "kueue-controller-manager")


def test_the_labels_are_on_the_job_alone() -> None:
    for one in dtemplates.render(dtemplates.parse(SETTINGS)):
        if one.file.startswith("jobs/"):
            job = yaml.safe_load(one.text)
            assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "team-a"
            assert "kueue" not in str(job["spec"])


def documents(file: str) -> list[dict[str, Any]]:
    """What a file holds of the settings in which little is known of node groups."""
    settings = dtemplates.load(Path(__file__).parent / "settings" / "good" / "kueue.yaml")
    return next(list(one.documents) for one in dtemplates.render(settings) if one.file == file)


def test_flavors_tell_nodes_apart_by_what_jobs_select() -> None:
    flavors = documents("kueue/resource_flavors.yaml")
    group, kind = "alpha.eksctl.io/nodegroup-name", "node.kubernetes.io/instance-type"
    assert {one["metadata"]["name"]: one["spec"]["nodeLabels"] for one in flavors} == {
        "cpu": {group: "CPU"},
        "trn": {group: "trn", kind: "trn2.48xlarge"},
        "new": {group: "new", kind: "q9.48xlarge"},
        "own": {group: "own", kind: "p7.96xlarge"},
    }


def test_quotas_cover_what_jobs_ask_for_on_each_flavor() -> None:
    (queue,) = documents("kueue/cluster_queue.yaml")
    (group,) = queue["spec"]["resourceGroups"]
    quotas = {
        flavor["name"]: {one["name"]: one["nominalQuota"] for one in flavor["resources"]}
        for flavor in group["flavors"]
    }
    assert all(list(each) == group["coveredResources"] for each in quotas.values())
    # Of two nodes with what the table knows, of three that the settings tell of, and of three of
    # which the quota is given.
    assert quotas["trn"] == {
        "cpu": "384",
        "memory": "4Ti",
        "aws.amazon.com/neuron": "32",
        "nvidia.com/gpu": "0",
        "vpc.amazonaws.com/efa": "0",
        "hugepages-2Mi": "1P",
        "ephemeral-storage": "1P",
    }
    assert quotas["own"]["vpc.amazonaws.com/efa"] == quotas["own"]["nvidia.com/gpu"] == "24"
    assert (quotas["own"]["memory"], quotas["own"]["hugepages-2Mi"]) == ("3073536Mi", "30Gi")
    assert (quotas["new"]["nvidia.com/gpu"], quotas["new"]["cpu"]) == ("24", "500m")
    assert {quotas[name]["aws.amazon.com/neuron"] for name in ("cpu", "new", "own")} == {"0"}
