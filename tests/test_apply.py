"""`apply`: every step in order, once; from wherever it stands; and how it ends when it cannot."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from standins.kubernetes_store import Key

import dtemplates
from dtemplates.planning.plan import plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from standins.kubernetes_api import KubernetesApi
    from standins.workplace import Stack, Workplace

STACKS: tuple[Stack, ...] = ("classic", "current")


def planned(workplace: Workplace) -> list[str]:
    """The commands of the plan, as they are typed; what is learned is not in them."""
    made = plan(dtemplates.load(workplace.settings))
    return [str(step.command) for step in made if step.command]


@pytest.mark.parametrize("stack", STACKS)
def test_every_step_once_and_in_the_order_of_the_plan(
    stack: Stack, workplace: Callable[..., Workplace]
) -> None:
    place = workplace(stack)
    done = place.run("apply", "--yes")
    assert done.code == 0, done.output
    # Kubeconfig and add-ons come with the cluster.
    with_cluster = ("write-kubeconfig", "create addon")
    wanted = [one for one in planned(place) if not any(word in one for word in with_cluster)]
    assert place.commands() == wanted
    number = len(planned(place))
    assert done.stdout == f"{len(wanted)} steps done now, {number - len(wanted)} before\n"
    assert {call.kubeconfig for call in place.programs.calls("kubectl") if call.kubeconfig} == {
        str(place.programs.home / ".kube/eksctl/clusters/demo")
    }

    before = place.state()
    again = place.run("apply", "--yes")
    assert again.code == 0, again.output
    assert again.stdout == f"0 steps done now, {number} before\n"
    assert place.commands() == wanted
    assert place.state() == before


def test_what_is_applied_is_what_was_validated(workplace: Callable[..., Workplace]) -> None:
    """Each file has the bytes of the plan, also those that are known only on the way."""
    place = workplace("current")
    place.run("apply", "--yes")
    folder = place.folder / ".dtemplates" / "demo" / "manifests"
    values = {
        one.setting: subprocess.run(
            one.command.argv,
            executable=place.programs.bin / "aws",
            env=place.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for step in plan(dtemplates.load(place.settings))
        for one in step.learns
    }
    assert values.keys() == {"fsx.file_system_id", "fsx.mount_name"}
    settings = dtemplates.load(
        place.settings, overrides=[f"{name}={value}" for name, value in values.items()]
    )
    wanted = {one.file: one.text for one in dtemplates.render(settings)}
    assert {file: (folder / file).read_text("utf-8") for file in wanted} == wanted
    live = place.object("persistentvolumes", "", "data")
    assert live["spec"]["csi"] == yaml.safe_load(wanted["pv_fsx.yaml"])["spec"]["csi"]
    assert live["spec"]["csi"]["volumeHandle"] == values["fsx.file_system_id"]


def test_files_that_were_changed_meanwhile_are_put_right(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("classic")
    place.run("apply", "--yes", "--only", "eks")
    file = place.folder / ".dtemplates" / "demo" / "manifests" / "pv_fsx.yaml"
    file.write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: evil}\n", "utf-8")
    done = place.run("apply", "--yes")
    assert done.code == 0, done.output
    assert "Secret" not in file.read_text("utf-8")
    assert not [one for one in place.api.all() if one.get("metadata", {}).get("name") == "evil"]


def test_invalid_manifests_start_nothing(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    with place.settings.open("a", encoding="utf-8") as file:
        file.write("patches: [{target: {kind: MPIJob}, merge: {spec: {slots: 1}}}]\n")
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert "error[DT003]: patches.0.merge.spec.slots: " in done.stderr
    assert "(in jobs/resnet.yaml: spec.slots)" in done.stderr
    assert place.programs.calls() == []
    assert not (place.folder / ".dtemplates").exists()


def test_only_and_from(workplace: Callable[..., Workplace]) -> None:
    place = workplace("classic")
    assert place.run("apply", "--yes", "--only", "eks").code == 0
    assert [one.split()[:3] for one in place.commands()] == [
        ["eksctl", "create", "cluster"],
        ["eksctl", "create", "nodegroup"],
    ]
    done = place.run("apply", "--yes", "--from", "tiller_rbac_config", "--only", "operator")
    assert done.code == 0, done.output
    assert place.commands()[2:] == [
        "kubectl apply -f tiller_rbac_config.yaml",
        "helm init --service-account tiller --history-max 200",
        "helm install --name mpijob helm/mpijob/",
    ]


def test_a_step_whose_values_are_not_made_yet_says_so(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("current")
    place.run("apply", "--yes", "--only", "eks")
    done = place.run("apply", "--yes", "--only", "pv_fsx")
    assert done.code == 1
    assert "error: step pv_fsx: aws failed with exit code 254" in done.stderr
    assert "Stack with id fsx-demo-data does not exist" in done.stderr


def test_a_changed_manifest_is_applied_again(workplace: Callable[..., Workplace]) -> None:
    place = workplace("classic")
    place.run("apply", "--yes")
    before = len(place.commands())
    done = place.run("apply", "--yes", "--set", "device_plugin_tolerations=[{key: team}]")
    assert done.code == 0, done.output
    assert place.commands()[before:] == ["kubectl apply -f nvidia_device_plugin.yaml"]


def test_a_stack_that_holds_data_is_not_changed_behind_its_back(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("current")
    assert place.run("apply", "--yes").code == 0
    before = place.state()
    done = place.run("apply", "--yes", "--set", "fsx.capacity=7200Gi")
    assert done.code == 1
    assert "step fsx_stack: the stack was made from another template" in done.stderr
    assert "aws cloudformation deploy" in done.stderr
    assert place.state() == before


def test_failure_tells_all_there_is_to_know(workplace: Callable[..., Workplace]) -> None:
    place = workplace("classic")
    place.programs.plan_fault("kubectl", "apply", "pvc_fsx.yaml", kind="fail")
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert "error: step pvc_fsx: kubectl failed with exit code 1" in done.stderr
    assert "command:  kubectl apply -f pvc_fsx.yaml (exit code 1)" in done.stderr
    assert "it said:  " in done.stderr
    assert "done:     cluster, nodegroups, kubeconfig, " in done.stderr
    assert "not done: pvc_fsx, attach_pvc, tiller_rbac_config, tiller, mpi_operator" in done.stderr
    assert "go on by: dtemplates apply --yes" in done.stderr
    (log,) = (place.folder / ".dtemplates" / "demo" / "logs").iterdir()
    assert f"log:      .dtemplates/demo/logs/{log.name}" in done.stderr
    assert "Traceback" not in done.output


def test_known_failures_come_with_their_remedy(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    place.programs.plan_fault("eksctl", "create", "cluster", kind="no_credentials")
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert "to do:    give AWS credentials: `aws configure`" in done.stderr


@pytest.mark.parametrize("status", ["FAILED", "DELETING"])
def test_a_broken_cluster_ends_it(status: str, workplace: Callable[..., Workplace]) -> None:
    place = workplace("classic")
    place.run("apply", "--yes", "--only", "eks")
    place.programs.set_status("cluster", status)
    before = len(place.commands())
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert f"step cluster: the cluster is {status}" in done.stderr
    assert len(place.commands()) == before


def test_a_node_group_that_was_rolled_back_ends_it(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    place.run("apply", "--yes", "--only", "eks")
    place.programs.set_status("gpu", "CREATE_FAILED")
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert "step nodegroups: node group gpu is CREATE_FAILED" in done.stderr
    assert "CloudFormation's events" in done.stderr


def test_a_stack_that_was_rolled_back_is_made_anew(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    place.run("apply", "--yes", "--only", "fsx_stack")
    place.programs.set_status("fsx-demo-data", "ROLLBACK_COMPLETE")
    before = len(place.commands())
    done = place.run("apply", "--yes", "--only", "fsx_stack")
    assert done.code == 0, done.output
    assert [one.split()[2] for one in place.commands()[before:]] == [
        "delete-stack",
        "deploy",
    ]


def test_a_failed_release_is_made_anew_unless_jobs_would_go(
    workplace: Callable[..., Workplace], api: KubernetesApi
) -> None:
    place = workplace("classic")
    place.run("apply", "--yes")
    place.programs.set_status("mpijob", 4)
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert "would delete default/maskrcnn" in done.stderr
    place.run("delete", "--yes", "--only", "jobs")
    place.programs.set_status("mpijob", 4)
    done = place.run("apply", "--yes")
    assert done.code == 0, done.output
    assert place.programs.state()["releases"]["mpijob"]["code"] == 1


def test_a_second_run_at_the_same_time_is_refused(workplace: Callable[..., Workplace]) -> None:
    place = workplace("classic")
    place.programs.plan_fault("eksctl", "create", "cluster", kind="hang")
    with place.start("apply", "--yes") as first:
        assert place.programs.hanging(timeout=20)
        second = place.run("apply", "--yes")
        assert second.code == 1
        assert f"another dtemplates is at work on this cluster (process {first.pid})" in (
            second.stderr
        )
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=20)
        assert first.returncode == 130


def test_interrupt_reaches_the_tool_first_and_tells_how_to_go_on(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("classic")
    place.programs.plan_fault("eksctl", "create", "nodegroup", kind="hang")
    with place.start("apply", "--yes") as process:
        (tool,) = place.programs.hanging(timeout=20)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(tool, 0)
    assert "step nodegroups: interrupted" in stderr
    assert "done:     cluster" in stderr
    assert "go on by: dtemplates apply --yes" in stderr
    assert "Traceback" not in stderr
    assert place.run("apply", "--yes").code == 0


def test_nobody_to_ask_needs_a_yes(workplace: Callable[..., Workplace]) -> None:
    place = workplace("classic")
    done = place.run("apply")
    assert done.code == 2
    assert "give --yes" in done.stderr
    assert place.commands() == []


def test_dry_run_alone_shows_the_plan(workplace: Callable[..., Workplace]) -> None:
    place = workplace("classic")
    for option in (["--dry-run"], ["--dry-run=client"], ["--dry-run", "client"]):
        done = place.run("apply", *option)
        assert done.code == 0
        assert done.stdout == place.run("plan").stdout
    assert place.programs.calls() == []


@pytest.mark.parametrize("stack", STACKS)
def test_dry_run_by_the_server_changes_nothing(
    stack: Stack, workplace: Callable[..., Workplace]
) -> None:
    place = workplace(stack)
    before = place.state()
    done = place.run("apply", "--dry-run=server")
    assert done.code == 0, done.output
    assert "pv_fsx: not checked: " in done.stdout
    assert place.state() == before
    place.run("apply", "--yes")
    before = place.state()
    done = place.run("apply", "--dry-run=server")
    assert done.code == 0, done.output
    assert "pv_fsx: ok" in done.stdout
    assert place.state() == before


def test_dry_run_by_the_server_tells_what_would_be_refused(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("classic")
    place.run("apply", "--yes", "--only", "eks")
    place.programs.plan_fault("kubectl", "apply", "pv_fsx.yaml", kind="fail")
    done = place.run("apply", "--dry-run=server")
    assert done.code == 1
    assert "pv_fsx: failed: " in done.stdout


def test_log_has_commands_outputs_and_times_but_no_secrets(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("classic")
    secret = "hunter2-is-not-a-word"  # noqa: S105 (it is none)
    done = place.run(
        "apply",
        "--yes",
        "--set",
        f"jobs.maskrcnn.env.WANDB_API_KEY={secret}",
        AWS_SESSION_TOKEN="session-of-mine",  # noqa: S106 (it is none)
    )
    assert done.code == 0, done.output
    # One that a tool prints: the difference has the variable in it.
    place.run("apply", "--yes", "--set", "jobs.maskrcnn.env.WANDB_API_KEY=changed-to-this")
    folder = place.folder / ".dtemplates"
    texts = [path.read_text("utf-8") for path in (folder / "demo" / "logs").iterdir()]
    assert len(texts) == 2
    text = "".join(texts)
    assert "+ eksctl create cluster -f cluster_config.yaml --auto-kubeconfig" in text
    assert '[✔]  EKS cluster "demo" in "us-east-1" region is ready' in text
    assert re.search(
        r"^20\d\d-\d\d-\d\dT[\d:]+Z = eksctl create .*: exit 0 after [\d.]+ s", text, re.M
    )
    for word in (secret, "changed-to-this", "session-of-mine", "not-a-secret"):
        assert word not in text
    assert (folder / ".gitignore").read_text() == "*\n"
    assert folder.stat().st_mode & 0o077 == 0
    logs = list((folder / "demo" / "logs").iterdir())
    assert {path.stat().st_mode & 0o777 for path in logs} == {0o600}


def test_a_slow_tool_is_seen_while_it_works(workplace: Callable[..., Workplace]) -> None:
    place = workplace("classic")
    place.programs.plan_fault("eksctl", "create", "cluster", kind="slow")
    done = place.run("apply", "--yes", "--only", "eks")
    assert done.code == 0, done.output
    lines = done.stderr.splitlines()
    begun = next(n for n, line in enumerate(lines) if "+ eksctl create cluster" in line)
    ended = next(n for n, line in enumerate(lines) if "cluster: done" in line)
    assert ended - begun > 3


def test_own_kubeconfig_is_used_and_the_clusters_own_not_written(
    workplace: Callable[..., Workplace], tmp_path: Path
) -> None:
    place = workplace("current")
    config = place.api.kubeconfig(tmp_path / "mine")
    done = place.run("apply", "--yes", "--kubeconfig", str(config), "--only", "plugins")
    assert done.code == 0, done.output
    assert place.commands() == [
        "kubectl apply -f nvidia_device_plugin.yaml",
        "kubectl apply -f efa_device_plugin.yaml",
    ]
    assert {call.kubeconfig for call in place.programs.calls("kubectl") if call.kubeconfig} == {
        str(config)
    }


def test_helm_3_installs_the_operator(workplace: Callable[..., Workplace], tools: Path) -> None:
    """The real helm, on a chart of the classic operator."""
    settings = """\
stack: current
versions: {mpi_operator: 0.1.0, helm: 4.1.4}
cluster: {name: demo, region: us-east-1, kubernetes_version: "1.21"}
nodegroups: [{name: gpu, instance_type: p3dn.24xlarge, desired_capacity: 2}]
jobs: [{name: one, image: example/train:1.0, gpus: 8, command: [train]}]
ignore:
  - {rule: DT412, reason: Nothing runs here.}
  - {rule: DT507, reason: The cluster is a stand-in.}
"""
    place = workplace("current", settings)
    done = place.run("apply", "--yes")
    assert done.code == 0, done.output
    assert "helm upgrade --install mpijob helm/mpijob/" in place.commands()
    before = place.commands()
    assert place.run("apply", "--yes").code == 0
    assert place.commands() == before
    # Another chart is another release.
    done = place.run(
        "apply",
        "--yes",
        "--set",
        "nodegroups.gpu.instance_type=p3.8xlarge",
        "--only",
        "mpi_operator",
    )
    assert done.code == 0, done.output
    assert place.commands() == [*before, "helm upgrade --install mpijob helm/mpijob/"]


def test_chart_of_the_driver(workplace: Callable[..., Workplace]) -> None:
    place = workplace("current")
    with_chart = ("--set", "fsx.csi_driver=helm")
    done = place.run("apply", "--yes", *with_chart)
    assert done.code == 0, done.output
    assert [one for one in place.commands() if one.startswith("helm")] == [
        "helm upgrade --install aws-fsx-csi-driver aws-fsx-csi-driver --repo "
        "https://kubernetes-sigs.github.io/aws-fsx-csi-driver --version 1.17.0 "
        "--namespace kube-system"
    ]
    assert place.run("apply", "--yes", *with_chart).stdout.startswith("0 steps done now")


def test_dynamic_file_system_in_a_network_that_eksctl_makes(
    workplace: Callable[..., Workplace],
) -> None:
    settings = """\
cluster: {name: demo, region: us-east-1, availability_zones: [us-east-1b, us-east-1c]}
nodegroups:
  - {name: gpu, instance_type: g5.12xlarge, availability_zones: [us-east-1c], desired_capacity: 1}
fsx: {name: data, capacity: 1200Gi, dynamic: {deployment_type: SCRATCH_2}}
"""
    place = workplace("current", settings)
    done = place.run("apply", "--yes")
    assert done.code == 0, done.output
    parameters = place.object("storageclasses", "", "fsx-sc")["parameters"]
    assert parameters["subnetId"].startswith("subnet-")
    assert parameters["subnetId"] != "subnet-00000000000000000"
    assert parameters["securityGroupIds"].startswith("sg-")
    assert place.object("persistentvolumeclaims", "default", "data")["status"]["phase"] == "Bound"


def test_as_a_library(workplace: Callable[..., Workplace], monkeypatch: pytest.MonkeyPatch) -> None:
    place = workplace("classic")
    code = (
        "import dtemplates\n"
        "settings = dtemplates.load('dtemplates.yaml')\n"
        "print(len(dtemplates.plan(settings)))\n"
        "print(dtemplates.apply(settings, only=['eks']).done)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["12", "('cluster', 'nodegroups')"], done.stderr


def test_a_changed_job_is_not_said_to_be_done(applied: Callable[[Stack], Workplace]) -> None:
    """The operator takes no notice of what changes in a job that it has begun."""
    place = applied("current")
    before = len(place.commands())
    done = place.run("apply", "--yes", "--set", "jobs.resnet.image=example/train:2.0")
    assert done.code == 1
    assert "step jobs/resnet: the job is there, and was made otherwise" in done.stderr
    assert "to do:    `dtemplates delete --only jobs/resnet`, and apply again" in done.stderr
    assert len(place.commands()) == before


def test_a_jobs_suspension_may_change(
    applied: Callable[[Stack], Workplace],
) -> None:
    place = applied("current")
    with place.settings.open("a", encoding="utf-8") as file:
        file.write(
            "patches: [{target: {kind: MPIJob}, merge: {spec: {runPolicy: {suspend: true}}}}]\n"
        )
    done = place.run("apply", "--yes", "--only", "jobs")
    assert done.code == 0, done.output
    job = place.object("mpijobs", "training", "resnet")
    assert job["spec"]["runPolicy"]["suspend"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ["apply", "--yes", "--only", "plugins"],
        ["delete", "--yes"],
        ["diff"],
        ["logs", "resnet"],
        ["apply", "--dry-run=server"],
    ],
    ids=" ".join,
)
def test_a_kubeconfig_of_another_cluster_is_not_used(
    arguments: list[str], applied: Callable[[Stack], Workplace]
) -> None:
    """A cluster of the same name in another region, or made anew, has the same file."""
    place = applied("current")
    config = place.programs.home / ".kube/eksctl/clusters/demo"
    config.write_text(config.read_text("utf-8").replace("127.0.0.1", "127.0.0.2"), "utf-8")
    before = place.state()
    done = place.run(*arguments)
    # Of a difference, 1 would say that there is one.
    assert done.code == (2 if arguments == ["diff"] else 1)
    assert "leads to http://127.0.0.2:" in done.stderr
    assert "not to cluster demo in us-east-1" in done.stderr
    assert "dtemplates apply --only kubeconfig" in done.stderr
    assert place.state() == before
    status = place.run("status")
    assert status.code == 0
    assert "another cluster" in status.stdout


def test_a_kubeconfig_of_another_cluster_is_written_anew(
    applied: Callable[[Stack], Workplace],
) -> None:
    place = applied("classic")
    config = place.programs.home / ".kube/eksctl/clusters/demo"
    right = config.read_text("utf-8")
    config.write_text(right.replace("127.0.0.1", "127.0.0.2"), "utf-8")
    done = place.run("apply", "--yes", "--only", "kubeconfig")
    assert done.code == 0, done.output
    assert "127.0.0.2" not in config.read_text("utf-8")


def test_a_clusters_stack_that_was_rolled_back_is_told(
    applied: Callable[[Stack], Workplace],
) -> None:
    """EKS knows no such cluster, and eksctl would only say that its stack exists."""
    place = applied("current")
    place.programs.set_status("cluster", "ROLLBACK_COMPLETE")
    before = len(place.commands())
    done = place.run("apply", "--yes")
    assert done.code == 1
    assert "step cluster: stack eksctl-demo-cluster is ROLLBACK_COMPLETE" in done.stderr
    assert "eksctl delete cluster" in done.stderr
    assert len(place.commands()) == before


def test_charts_are_installed_without_what_an_earlier_run_left(
    applied: Callable[[Stack], Workplace],
) -> None:
    place = applied("classic")
    place.run("apply", "--yes", "--only", "pv_fsx")
    templates = place.folder / ".dtemplates/demo/manifests/helm/mpijob/templates"
    (templates / "evil.yaml").write_text("apiVersion: v1\nkind: Secret\n", "utf-8")
    assert place.run("apply", "--yes", "--only", "mpi_operator").code == 0
    assert not (templates / "evil.yaml").exists()


def test_nodes_that_have_not_joined_are_waited_for(
    applied: Callable[[Stack], Workplace],
) -> None:
    place = applied("current")
    node = next(one["metadata"]["name"] for one in place.api.all() if one["kind"] == "Node")
    del place.api.objects[Key("nodes", "", node)]
    done = place.run("apply", "--yes", "--only", "kubeconfig", "--timeout", "1")
    assert done.code == 1
    assert "not joined after 1 s: nodes of gpu, 1 of 2 nodes ready" in done.stderr
    # A group that was scaled down is whole with what it has.
    assert place.run("scale", "gpu", "0", "--yes").code == 0
    assert place.run("apply", "--yes", "--only", "kubeconfig").code == 0


def test_termination_reaches_the_tool_as_an_interrupt_does(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("classic")
    place.programs.plan_fault("eksctl", "create", "cluster", kind="hang")
    with place.start("apply", "--yes") as process:
        (tool,) = place.programs.hanging(timeout=20)
        process.terminate()
        _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "step cluster: interrupted" in stderr
    with pytest.raises(ProcessLookupError):
        os.kill(tool, 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["apply", "--yes", "--only", "plugins"], 1),
        (["diff"], 2),
        (["logs", "resnet"], 1),
    ],
    ids=["apply", "diff", "logs"],
)
def test_without_a_kubeconfig_nothing_is_asked(
    arguments: list[str], code: int, applied: Callable[[Stack], Workplace]
) -> None:
    """kubectl would ask whatever answers at localhost:8080."""
    place = applied("current")
    (place.programs.home / ".kube/eksctl/clusters/demo").unlink()
    before = len(place.programs.calls("kubectl"))
    done = place.run(*arguments)
    assert done.code == code
    assert "there is no such kubeconfig yet; `dtemplates apply --only kubeconfig`" in done.stderr
    asked = [call.argv for call in place.programs.calls("kubectl")[before:]]
    assert all(argv[0] == "version" for argv in asked)
    assert "there is no kubeconfig" in place.run("status").stdout


def test_own_kubeconfig_that_is_not_there_is_an_error(
    workplace: Callable[..., Workplace],
) -> None:
    done = workplace("current").run("diff", "--kubeconfig", "/nowhere/config")
    assert done.code == 2
    assert "/nowhere/config: error: there is no such file" in done.stderr


def test_a_cluster_that_cannot_be_asked_for_is_no_cluster_that_is_not_there(
    workplace: Callable[..., Workplace],
) -> None:
    place = workplace("current")
    place.programs.plan_fault("eksctl", "get", "cluster", kind="no_credentials")
    done = place.run("apply", "--dry-run=server")
    assert done.code == 1
    assert "cluster: error: cannot be asked for: " in done.stderr
    assert "give AWS credentials" in done.stderr
