"""`delete` and `scale`: the last first, and never a file system or a cluster that was not named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from standins.kubernetes_store import Key

import dtemplates
from dtemplates.operation.deleting import deletable
from dtemplates.operation.scaling import scaling
from dtemplates.planning.plan import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.kubernetes_api import KubernetesApi
    from standins.workplace import Stack, Workplace

    from dtemplates.planning.step import Keep

STACKS: tuple[Stack, ...] = ("classic", "current")


def undone(place: Workplace, begin: int) -> list[str]:
    return place.commands()[begin:]


@pytest.mark.parametrize("stack", STACKS)
def test_the_last_first_and_what_is_dear_stays(
    stack: Stack, applied: Callable[[Stack], Workplace]
) -> None:
    place = applied(stack)
    begin = len(place.commands())
    done = place.run("delete", "--yes")
    assert done.code == 0, done.output
    made = plan(dtemplates.load(place.settings))
    wanted = [str(one) for step in reversed(made) if not step.keep for one in step.undo]
    assert undone(place, begin) == wanted
    state = place.programs.state()
    assert set(state["clusters"]) == {"demo"}
    assert not state["clusters"]["demo"]["nodegroups"]
    assert len(state["stacks"]) == (1 if stack == "current" else 0)
    assert "remains, and costs money: control plane of demo: " in done.stdout
    assert "remains, and costs money: FSx for Lustre file system" in done.stdout

    begin = len(place.commands())
    again = place.run("delete", "--yes")
    assert again.code == 0, again.output
    assert place.programs.state() == state


@pytest.mark.parametrize("stack", STACKS)
def test_all_of_it_where_all_is_named(stack: Stack, applied: Callable[[Stack], Workplace]) -> None:
    place = applied(stack)
    done = place.run("delete", "--yes", "--include", "fsx,cluster", "--include", "namespace")
    assert done.code == 0, done.output
    state = place.programs.state()
    assert state["clusters"] == {}
    assert state["stacks"] == {}
    assert "control plane" not in done.stdout
    # A file system that was there before is not ours to delete, and goes on costing.
    assert ("FSx for Lustre" in done.stdout) == (stack == "classic")

    again = place.run("delete", "--yes", "--include", "fsx,cluster,namespace")
    assert again.code == 0, again.output
    assert "0 deleted" in again.stdout


def test_after_a_failure_it_goes_on(applied: Callable[[Stack], Workplace]) -> None:
    place = applied("current")
    place.programs.plan_fault("kubectl", "delete", "pvc_fsx.yaml", kind="fail")
    done = place.run("delete", "--yes")
    assert done.code == 1
    assert "error: step pvc_fsx: kubectl failed with exit code 1" in done.stderr
    assert "done:     jobs/resnet, mpi_operator" in done.stderr
    assert "go on by: dtemplates delete --yes" in done.stderr
    assert place.run("delete", "--yes").code == 0


def test_only_some(applied: Callable[[Stack], Workplace]) -> None:
    place = applied("classic")
    begin = len(place.commands())
    assert place.run("delete", "--yes", "--only", "jobs").code == 0
    assert undone(place, begin) == ["kubectl delete -f jobs/maskrcnn.yaml --ignore-not-found"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_operator_stays_while_there_are_jobs(
    stack: Stack, applied: Callable[[Stack], Workplace]
) -> None:
    """With the operator goes the kind, and with the kind all jobs, also those of others."""
    place = applied(stack)
    begin = len(place.commands())
    done = place.run("delete", "--yes", "--only", "mpi_operator")
    assert done.code == 1
    assert "it would delete these too: " in done.stderr
    assert "dtemplates delete --only jobs" in done.stderr
    assert undone(place, begin) == []


def test_a_claim_that_made_a_file_system_needs_to_be_told() -> None:
    """Without the claim it is deleted or, worse, forgotten: it goes on costing."""
    text = """\
cluster:
  name: demo
  region: us-east-1
  vpc: {id: vpc-0a, public_subnets: {us-east-1b: subnet-0a, us-east-1c: subnet-0b}}
fsx:
  name: data
  capacity: 1200Gi
  reclaim_policy: RECLAIM
  dynamic: {subnet_id: subnet-0a, security_group_ids: [sg-0a]}
"""
    for reclaim in ("Delete", "Retain"):
        whole = plan(dtemplates.parse(text.replace("RECLAIM", reclaim)))
        names = [step.name for step in deletable(whole, (), ())]
        assert "pvc_fsx" not in names
        assert "storage_class_fsx" in names
        told: tuple[Keep, ...] = ("fsx",)
        assert "pvc_fsx" in [step.name for step in deletable(whole, (), told)]


def test_nobody_to_ask_needs_a_yes(applied: Callable[[Stack], Workplace]) -> None:
    place = applied("classic")
    begin = len(place.commands())
    done = place.run("delete")
    assert done.code == 2
    assert "<stdin>: error: nobody is there to answer; give --yes" in done.stderr
    assert place.run("scale", "p3dn", "0").code == 2
    assert undone(place, begin) == []


def test_unknown_things_to_include_are_an_error(workplace: Callable[..., Workplace]) -> None:
    done = workplace("classic").run("delete", "--yes", "--include", "everything")
    assert done.code == 2
    assert "'everything' is none of cluster, fsx, namespace" in done.stderr


def test_what_remains_is_not_said_to_be_nothing_where_nobody_tells(
    applied: Callable[[Stack], Workplace],
) -> None:
    place = applied("classic")
    place.programs.plan_fault("eksctl", "get", "cluster", kind="fail", after=2)
    done = place.run("delete", "--yes", "--only", "jobs")
    assert "what remains is not known" in done.stderr


@pytest.mark.parametrize("stack", STACKS)
def test_scale_to_none_and_back(
    stack: Stack, workplace: Callable[..., Workplace], api: KubernetesApi
) -> None:
    place = workplace(stack)
    place.run("apply", "--yes", "--only", "eks")
    name = "gpu" if stack == "current" else "p3dn"
    for nodes in (0, 3):
        done = place.run("scale", name, str(nodes), "--yes")
        assert done.code == 0, done.output
        assert done.stdout == f"{name}: {nodes} nodes; the settings are as they were\n"
        group = place.programs.state()["clusters"]["demo"]["nodegroups"][name]
        assert group["desired"] == nodes
        assert len([one for one in api.all() if one["kind"] == "Node"]) == nodes


SCALES = [
    # Within the group's limits only the number is given.
    (2, "desired_capacity: 2, min_size: 0, max_size: 4", []),
    (6, "desired_capacity: 2, min_size: 0, max_size: 4", ["--nodes-max", "6"]),
    (0, "desired_capacity: 2, min_size: 1, max_size: 4", ["--nodes-min", "0"]),
    (0, "desired_capacity: 2", ["--nodes-min", "0"]),
    (3, "desired_capacity: 2", ["--nodes-max", "3"]),
    (0, "min_size: 0", ["--nodes-max", "1"]),
]


@pytest.mark.parametrize(("nodes", "sizes", "limits"), SCALES)
def test_scale_widens_limits_as_far_as_it_must(nodes: int, sizes: str, limits: list[str]) -> None:
    settings = dtemplates.parse(
        "cluster: {name: demo, region: us-east-1}\n"
        f"nodegroups: [{{name: gpu, instance_type: p5.48xlarge, {sizes}}}]\n"
    )
    command = scaling(settings, "gpu", nodes)
    assert str(command) == " ".join(
        [
            *(["eksctl", "scale", "nodegroup", "--cluster", "demo", "--name", "gpu", "--nodes"]),
            *(str(nodes), *limits, "--region", "us-east-1"),
        ]
    )


def test_scale_of_what_is_no_group(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    done = place.run("scale", "gqu", "1")
    assert done.code == 2
    assert "gqu: error: is no node group of the settings; there is: gpu" in done.stderr
    assert place.run("scale", "gpu", "--", "-1").code == 2
    assert place.programs.calls() == []


DYNAMIC = """\
cluster: {name: demo, region: us-east-1, availability_zones: [us-east-1b, us-east-1c]}
nodegroups:
  - {name: gpu, instance_type: g5.12xlarge, availability_zones: [us-east-1c], desired_capacity: 1}
fsx: {name: data, capacity: 1200Gi, reclaim_policy: Delete, dynamic: {}}
"""


def test_a_file_system_of_a_claim_goes_before_its_driver_and_its_network(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("current", DYNAMIC)
    assert place.run("apply", "--yes").code == 0
    refused = place.run("delete", "--yes", "--include", "cluster")
    assert refused.code == 2
    assert "include fsx, too: --include fsx,cluster" in refused.stderr
    kept = place.run("delete", "--yes")
    assert kept.code == 0, kept.output
    assert place.object("persistentvolumeclaims", "default", "data")
    assert "remains, and costs money: FSx for Lustre file system" in kept.stdout

    # As long as the driver has not deleted the volume, it stays in the way.
    key = next(key for key in place.api.objects if key.resource == "persistentvolumes")
    slow = Key("persistentvolumes", "", "slow")
    volume = place.api.objects[key]
    place.api.objects[slow] = {
        **volume,
        "metadata": {**volume["metadata"], "name": "slow"},
        "spec": {**volume["spec"], "persistentVolumeReclaimPolicy": "Retain"},
    }
    done = place.run("delete", "--yes", "--include", "fsx", "--only", "pvc_fsx", "--timeout", "5")
    assert done.code == 1
    assert "the volume of default/data is still there" in done.stderr
    del place.api.objects[slow]
    done = place.run("delete", "--yes", "--include", "fsx,cluster")
    assert done.code == 0, done.output
    assert place.programs.state()["clusters"] == {}


def test_namespaces_and_claims_of_own_templates_stay(tmp_path: Path) -> None:
    for kind in ("Namespace", "PersistentVolumeClaim", "ConfigMap"):
        text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: mine}}\n"
        if kind == "PersistentVolumeClaim":
            text += "spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}\n"
        (tmp_path / f"{kind.lower()}.yaml.j2").write_text(text, "utf-8")
    settings = dtemplates.parse("cluster: {name: demo, region: us-east-1}\n")
    whole = plan(settings, templates=tmp_path)
    names = [step.name for step in deletable(whole, (), ())]
    assert "configmap" in names
    assert not {"namespace", "persistentvolumeclaim"} & set(names)


def test_an_operator_of_another_version_is_left_alone(
    applied: Callable[[Stack], Workplace],
) -> None:
    place = applied("current")
    place.run("delete", "--yes", "--only", "jobs")
    begin = len(place.commands())
    done = place.run(
        *("delete", "--yes", "--only", "mpi_operator", "--set", "versions.mpi_operator=0.7.0")
    )
    assert done.code == 0, done.output
    assert "left alone: it runs mpioperator/mpi-operator:0.8.0" in done.stderr
    assert undone(place, begin) == []
