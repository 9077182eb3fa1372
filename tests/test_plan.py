"""The plan: which steps, in which order, by which commands; nothing is started for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest
from conftest import ROOT
from typer.testing import CliRunner

import dtemplates
from dtemplates import resources
from dtemplates.cli import app
from dtemplates.planning.listing import as_text
from dtemplates.planning.plan import Plan, plan
from dtemplates.planning.step import GROUPS

EXAMPLES = resources.examples()
GOOD = sorted((ROOT / "tests" / "settings" / "good").glob("*.yaml"))
PLANS = ROOT / "tests" / "plans"

# The commands of the tutorial of 2019, in its order, and ours: None where ours is the same, else
# what we run, and why it differs.
TUTORIAL: list[tuple[str, str | None, str]] = [
    ("eksctl create cluster -f cluster_config.yaml --auto-kubeconfig", None, ""),
    ("eksctl create nodegroup -f nodegroup_config.yaml", None, ""),
    (
        "export KUBECONFIG=~/.kube/eksctl/clusters/armand-demo-cluster",
        "KUBECONFIG=~/.kube/eksctl/clusters/armand-demo-cluster",
        "each command gets it in its environment",
    ),
    (
        "kubectl create -f https://raw.githubusercontent.com/NVIDIA/k8s-device-plugin/"
        "1.0.0-beta/nvidia-device-plugin.yml",
        "kubectl apply -f nvidia_device_plugin.yaml",
        "it is rendered and validated; apply can be given twice, create cannot",
    ),
    (
        "kubectl apply -f https://raw.githubusercontent.com/kubernetes-sigs/aws-fsx-csi-driver/"
        "release-0.2.0/deploy/kubernetes/manifest.yaml",
        None,
        "",
    ),
    ("kubectl apply -f pv_fsx.yaml", None, ""),
    ("kubectl apply -f pvc_fsx.yaml", None, ""),
    ("kubectl apply -f attach_pvc.yaml", None, ""),
    (
        "kubectl create -f helm/tiller-rbac-config.yaml",
        "kubectl apply -f tiller_rbac_config.yaml",
        "apply can be given twice, create cannot",
    ),
    ("helm init --service-account tiller --history-max 200", None, ""),
    ("helm install --name mpijob helm/mpijob/", None, ""),
]

# Today's stack has the same steps; where a command differs, this is why.
CURRENT = [
    ("eksctl create cluster -f cluster_config.yaml --auto-kubeconfig", "as in the tutorial"),
    (
        "eksctl create nodegroup -f nodegroup_config.yaml --install-nvidia-plugin=false",
        "today's eksctl would install a second plugin",
    ),
    ("kubectl apply -f nvidia_device_plugin.yaml", "as above"),
    ("kubectl apply -f efa_device_plugin.yaml", "the tutorial has no EFA"),
    ("eksctl create addon -f cluster_config.yaml", "the driver is an EKS add-on now"),
    ("kubectl apply -f pv_fsx.yaml", "as in the tutorial"),
    ("kubectl apply -f pvc_fsx.yaml", "as in the tutorial"),
    ("kubectl apply -f attach_pvc.yaml", "as in the tutorial"),
    (
        "kubectl apply --server-side -f https://raw.githubusercontent.com/kubeflow/mpi-operator/"
        "v0.8.0/deploy/v2beta1/mpi-operator.yaml",
        "no Tiller, no chart; its CRD is too large for client-side apply",
    ),
    ("kubectl apply -f jobs/resnet.yaml", "the tutorial starts it by Helm, or by kubectl apply"),
]


def example(name: str, *overrides: str) -> Plan:
    return plan(dtemplates.parse(resources.example(name), overrides=overrides))


def commands(made: Plan) -> list[str]:
    return [str(step.command) for step in made if step.command]


def test_classic_commands_are_the_tutorials() -> None:
    made = example("classic")
    ours = [*commands(made), f"KUBECONFIG={made.kubeconfig}"]
    wanted = [own or theirs for theirs, own, _ in TUTORIAL]
    assert [one for one in wanted if one not in ours] == []
    in_plan = [one for one in wanted if not one.startswith("KUBECONFIG=")]
    assert in_plan == [one for one in ours if one in in_plan]
    assert all(reason for _, own, reason in TUTORIAL if own)
    # What the tutorial does by other means, or not at all.
    rest = set(ours) - set(wanted)
    assert rest == {
        "eksctl utils write-kubeconfig --name armand-demo-cluster --region us-east-1 "
        "--auto-kubeconfig",
        "kubectl apply -f tensorboard.yaml",
        "kubectl apply -f jobs/maskrcnn.yaml",
    }


def test_current_commands() -> None:
    ours = [one for one in commands(example("current")) if "write-kubeconfig" not in one]
    assert ours == [one for one, _ in CURRENT]


@pytest.mark.parametrize("name", EXAMPLES)
def test_plans_are_as_they_were(name: str, request: pytest.FixtureRequest) -> None:
    path = PLANS / f"{name}.txt"
    text = as_text(example(name))
    if request.config.getoption("--update-golden"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text


def test_no_plan_is_left_over() -> None:
    assert {path.stem for path in PLANS.iterdir()} == set(EXAMPLES)


@pytest.mark.parametrize("path", [*GOOD, *sorted((ROOT / "examples").glob("*.yaml"))], ids=str)
def test_every_manifest_is_in_one_step(path: Path) -> None:
    made = plan(dtemplates.load(path))
    used = [file for step in made for file in step.files]
    # The driver's add-on is in the cluster's file.
    twice = {file for file in used if used.count(file) > 1}
    assert twice <= {"cluster_config.yaml"}
    assert set(used) == {one.file for one in made.manifests}
    assert made.unused == ()
    names = [step.name for step in made]
    assert len(set(names)) == len(names)
    # What --only is given names either.
    assert not set(names) & set(GROUPS)
    groups = [GROUPS.index(step.group) for step in made]
    assert groups == sorted(groups)


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_is_started(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> NoReturn:
        raise AssertionError(f"{arguments} was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    settings = str(ROOT / "examples" / f"{name}.yaml")
    for format in ("text", "json", "shell"):
        result = CliRunner().invoke(app, ["plan", "-s", settings, "--format", format])
        assert result.exit_code == 0
        assert "eksctl" in result.stdout


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_step_tells_all_of_itself(name: str) -> None:
    for step in example(name):
        assert step.what
        assert step.usual > 0
        assert step.timeout > step.usual
        assert step.command or step.check
        assert step.done or step.name == "kubeconfig"
        # An add-on goes with the cluster, a kubeconfig with nothing.
        by_eksctl = step.command is not None and step.command.program == "eksctl"
        assert step.undo or (by_eksctl and step.name in ("fsx_csi_driver", "kubeconfig"))


def test_what_is_made_known_later_has_stand_ins() -> None:
    made = example("fsx-stack")
    assert made.later == ("pv_fsx.yaml",)
    (stack,) = (step for step in made if step.name == "fsx_stack")
    assert [one.setting for one in stack.learns] == ["fsx.file_system_id", "fsx.mount_name"]
    (volume,) = (one for one in made.manifests if one.file == "pv_fsx.yaml")
    assert all(value in volume.text for value in made.stand_ins.values())


def test_stand_ins_occur_nowhere_else() -> None:
    taken = "fs-00000000000000000"
    made = example("fsx-stack", f"cluster.tags.was={taken}", "cluster.tags.also=later000")
    assert made.stand_ins["fsx.file_system_id"] == "fs-10000000000000000"
    assert made.stand_ins["fsx.mount_name"] == "later001"


MADE_NETWORK = """\
cluster: {name: demo, region: us-east-1, availability_zones: [us-east-1b, us-east-1c]}
nodegroups:
  - name: gpu
    instance_type: g5.12xlarge
    availability_zones: [us-east-1c]
    desired_capacity: 1
    private_networking: true
fsx: {name: data, capacity: 1200Gi, dynamic: {}}
"""


def test_network_that_eksctl_makes_is_asked_for() -> None:
    made = plan(dtemplates.parse(MADE_NETWORK))
    learned = {one.setting: str(one.command) for one in made[0].learns}
    assert learned.keys() == {"fsx.dynamic.subnet_id", "fsx.dynamic.security_group_ids"}
    subnet = learned["fsx.dynamic.subnet_id"]
    assert "Values=us-east-1c" in subnet
    assert "internal-elb" in subnet
    assert "clusterSecurityGroupId" in learned["fsx.dynamic.security_group_ids"]


@pytest.mark.parametrize(
    ("overrides", "command"),
    [
        ([], "eksctl create addon -f cluster_config.yaml"),
        (
            ["fsx.csi_driver=helm"],
            "helm upgrade --install aws-fsx-csi-driver aws-fsx-csi-driver "
            "--repo https://kubernetes-sigs.github.io/aws-fsx-csi-driver --version 1.17.0 "
            "--namespace kube-system",
        ),
        (
            ["fsx.csi_driver=helm", "versions.fsx_csi_driver=1.8.0"],
            "helm upgrade --install aws-fsx-csi-driver aws-fsx-csi-driver "
            "--repo https://kubernetes-sigs.github.io/aws-fsx-csi-driver "
            "--set image.tag=v1.8.0 --namespace kube-system",
        ),
        (
            ["fsx.csi_driver=manifest"],
            "kubectl apply -k 'github.com/kubernetes-sigs/aws-fsx-csi-driver/deploy/kubernetes/"
            "overlays/stable/?ref=release-1.9'",
        ),
    ],
)
def test_ways_to_the_driver(overrides: list[str], command: str) -> None:
    made = example("current", *overrides)
    (step,) = (step for step in made if step.name == "fsx_csi_driver")
    assert str(step.command) == command
    (cluster,) = (one for one in made.manifests if one.file == "cluster_config.yaml")
    assert ("aws-fsx-csi-driver" in cluster.text) == (overrides == [])


def test_driver_of_the_first_release_is_two_files() -> None:
    made = example("classic", "versions.fsx_csi_driver=0.1.0")
    (step,) = (step for step in made if step.name == "fsx_csi_driver")
    assert str(step.command).count("release-0.1.0/deploy/kubernetes/") == 2


def test_helm_3_installs_the_classic_chart_its_own_way() -> None:
    made = example("classic", "versions.helm=3.21.4")
    names = [step.name for step in made]
    assert "tiller" not in names
    (step,) = (step for step in made if step.name == "mpi_operator")
    assert str(step.command) == "helm upgrade --install mpijob helm/mpijob/"


def test_own_templates_become_steps_before_the_jobs(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml.j2").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: wandb}\n", "utf-8"
    )
    (tmp_path / "notes.yaml.j2").write_text("just: text\n", "utf-8")
    made = plan(dtemplates.parse(resources.example("current")), templates=tmp_path)
    assert [step.name for step in made[-2:]] == ["secret", "jobs/resnet"]
    assert made.unused == ("notes.yaml",)


def test_kubeconfig_of_ones_own_is_used_and_not_written() -> None:
    made = plan(dtemplates.parse(resources.example("current")), kubeconfig="/home/me/config")
    assert made.kubeconfig == "/home/me/config"
    assert "--kubeconfig /home/me/config" in str(made[0].command)
    (step,) = (step for step in made if step.name == "kubeconfig")
    assert step.command is None
    assert step.done is None


def test_selection() -> None:
    made = example("current")
    assert [step.name for step in made.select(["plugins", "pv_fsx"])] == [
        "nvidia_device_plugin",
        "efa_device_plugin",
        "pv_fsx",
    ]
    assert [step.name for step in made.select(["jobs/*"])] == ["jobs/resnet"]
    assert [step.name for step in made.select(start="mpi_operator")] == [
        "mpi_operator",
        "jobs/resnet",
    ]
    assert [step.name for step in made.select(["storage"], "pvc_fsx.yaml")] == [
        "pvc_fsx",
        "attach_pvc",
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dtemplates.yaml").write_text(resources.example("current"), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("option", ["--only", "--from"])
def test_unknown_step_is_an_error_that_names_the_known(option: str, folder: Path) -> None:
    result = CliRunner().invoke(app, ["plan", option, "pv_fxs"])
    assert result.exit_code == 2
    assert "pv_fxs: error: is no step or group of this plan" in result.stderr
    assert "pv_fsx" in result.stderr
    assert result.stdout == ""


def test_no_step_at_all_is_an_error(folder: Path) -> None:
    result = CliRunner().invoke(app, ["plan", "--only", "pv_fsx", "--from", "jobs/resnet"])
    assert result.exit_code == 2
    assert "none of pv_fsx comes with or after this step" in result.stderr


def test_json_is_the_same_plan(folder: Path) -> None:
    result = CliRunner().invoke(app, ["plan", "--format", "json"])
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    made = example("current")
    assert [step["name"] for step in document["steps"]] == [step.name for step in made]
    first = document["steps"][0]
    assert made[0].command is not None
    assert first["command"] == list(made[0].command.argv)
    assert first["done"]["means"] == "its status is ACTIVE"
    (undo,) = first["undo"]
    assert undo[:5] == ["eksctl", "delete", "cluster", "-f", "cluster_config.yaml"]
    assert first["undo_only_with"] == "--include cluster"


def test_invalid_manifests_make_no_plan(folder: Path) -> None:
    (folder / "dtemplates.yaml").write_text(
        resources.example("current")
        + "patches:\n  - target: {kind: PersistentVolumeClaim}\n    merge: {spec: {nope: 1}}\n",
        "utf-8",
    )
    result = CliRunner().invoke(app, ["plan"])
    assert result.exit_code == 1
    assert "pvc_fsx.yaml" in result.stderr
    assert result.stdout == ""
