"""The stand-ins for eksctl, aws, helm and kubectl behave as the tests that use them believe."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from standins.faults import KINDS
from standins.kubernetes_api import KubernetesApi
from standins.programs import Programs

import dtemplates

Done = subprocess.CompletedProcess[bytes]
Run = Callable[..., Done]
REGION = ("--region", "us-east-1")
CLUSTER = ("eksctl", "get", "cluster", "--name", "demo", *REGION, "-o", "json")
GROUPS = ("eksctl", "get", "nodegroup", "--cluster", "demo", *REGION, "-o", "json")
STACK = ("--stack-name", "fsx", *REGION)
DEPLOY = ("aws", "cloudformation", "deploy", "--template-file", "fsx_stack.yaml", *STACK)
DESCRIBE = ("aws", "cloudformation", "describe-stacks", *STACK)
CREATE = ("eksctl", "create", "cluster", "-f", "cluster_config.yaml", "--auto-kubeconfig")
NODES = ("eksctl", "create", "nodegroup", "-f", "nodegroup_config.yaml")
RAW = "https://raw.githubusercontent.com"
OPERATOR = f"{RAW}/kubeflow/mpi-operator/v0.8.2/deploy/v2beta1/mpi-operator.yaml"
DRIVER = f"{RAW}/kubernetes-sigs/aws-fsx-csi-driver/release-0.2.0/deploy/kubernetes/manifest.yaml"
CHARTS = "https://kubernetes-sigs.github.io/aws-fsx-csi-driver"
CHART = ("--install", "aws-fsx-csi-driver", "aws-fsx-csi-driver", "--repo", CHARTS)
HELM = ("helm", "upgrade", *CHART, "--namespace", "kube-system")
# The parent that the killing faults strike.
PARENT = "import subprocess, sys; subprocess.run(sys.argv[1:]); print('alive')"
FAKE = """#!/bin/sh
input=
for word in "$@"; do [ "$word" = - ] && input=$(cat); done
printf '%s\\n%s\\n' "$*" "$input" >> '{log}'
echo done
"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered")
    for name in ("current", "classic", "fsx-stack"):
        settings = dtemplates.load(ROOT / "examples" / f"{name}.yaml")
        dtemplates.write(dtemplates.render(settings), folder / name)
    template = (folder / "fsx-stack" / "fsx_stack.yaml").read_text("utf-8")
    (folder / "current" / "fsx_stack.yaml").write_text(template, "utf-8")
    return folder


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A kubectl that writes down what it is told."""
    path = tmp_path / "real-kubectl"
    path.write_text(FAKE.format(log=tmp_path / "told"), "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def told(tmp_path: Path) -> Callable[[], str]:
    return lambda: (tmp_path / "told").read_text("utf-8") if (tmp_path / "told").exists() else ""


@pytest.fixture
def current(tmp_path: Path, fake: Path) -> Iterator[Programs]:
    programs = Programs(tmp_path / "current", stack="current", kubectl=fake, helm=fake)
    yield programs
    programs.end_hanging()


@pytest.fixture
def classic(tmp_path: Path, fake: Path) -> Programs:
    return Programs(tmp_path / "classic", stack="classic", kubectl=fake)


@pytest.fixture
def run(current: Programs, rendered: Path) -> Run:
    return runner(current, rendered / "current")


@pytest.fixture
def run_classic(classic: Programs, rendered: Path) -> Run:
    return runner(classic, rendered / "classic")


def runner(programs: Programs, folder: Path) -> Run:
    def run(*command: str, code: int = 0, text: str | None = None, **more: str) -> Done:
        program = programs.bin / command[0]
        done = subprocess.run(
            [program, *command[1:]] if program.exists() else command,
            env=programs.environment(**more),
            cwd=folder,
            input=(text or "").encode(),
            capture_output=True,
            timeout=30,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def answer(done: Done) -> Any:
    return json.loads(done.stdout)


def statuses(run: Run, command: tuple[str, ...], times: int, key: str = "Status") -> list[str]:
    found = [answer(run(*command)) for _ in range(times)]
    rows = [one["Stacks"] if isinstance(one, dict) else one for one in found]
    return [one[0][key] for one in rows]


def test_calls_are_recorded(current: Programs, run: Run, rendered: Path) -> None:
    run("eksctl", "version", KUBECONFIG="/some/where")
    run("kubectl", "apply", "-f", "-", text="kind: A\n")
    first, second = current.calls()
    assert (first.tool, first.argv, first.kubeconfig) == ("eksctl", ("version",), "/some/where")
    assert (first.cwd, first.stdin) == (str((rendered / "current").resolve()), None)
    assert second.stdin == "kind: A\n"
    assert current.calls("kubectl") == [second]
    assert first.time < second.time
    run("kubectl", "exec", "pod", "--", "tar", "-x", "-f", "-")
    assert current.calls()[2].stdin is None


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("eksctl create cluster --bogus", 1, "Error: unknown flag: --bogus"),
        ("eksctl create", 1, "unknown command"),
        ("eksctl create cluster -f", 1, "flag needs an argument: 'f' in -f"),
        ("eksctl create cluster -f none.yaml", 1, "open none.yaml: no such file or directory"),
        ("eksctl create cluster -f attach_pvc.yaml", 1, "loading config file"),
        ("eksctl create cluster -f cluster_config.yaml --region x", 1, "cannot use --region when"),
        (f"{' '.join(CREATE)} --kubeconfig x", 1, "cannot be used at the same time"),
        (f"{' '.join(CREATE)} --dry-run", 1, "cannot be represented in ClusterConfig"),
        (f"{' '.join(NODES)} --install-nvidia-plugin=false --dry-run", 1, "cannot use --install"),
        ("eksctl delete nodegroup --cluster demo --name gpu --approve", 1, "unless a config file"),
        ("eksctl get cluster --name demo --region us-east-1", 1, "No cluster found for name: demo"),
        ("aws cloudformation deploy --stack-name x --region x", 252, "required: --template-file"),
        (
            "aws cloudformation describe-stacks --bogus x --region x",
            252,
            "Unknown options: --bogus",
        ),
        ("aws cloudformation describe-stacks", 253, "You must specify a region"),
        ("aws cloudformation nothing", 252, "invalid choice"),
        (" ".join(DESCRIBE), 254, "Stack with id fsx does not exist"),
        (
            "aws eks describe-cluster --name x --region us-east-1",
            254,
            "No cluster found for name: x",
        ),
        ("aws sts get-caller-identity --query a[", 252, "Bad value for --query"),
        (f"{' '.join(HELM)} --bogus", 1, "unknown flag: --bogus"),
        ("kubectl apply -f https://example.org/x.yaml", 1, "no such host"),
    ],
)
def test_command_lines_are_strict(run: Run, command: str, code: int, words: str) -> None:
    assert words in run(*command.split(), code=code).stderr.decode()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"{' '.join(CREATE)} --dry-run", "unknown flag: --dry-run"),
        (
            f"{' '.join(NODES)} --install-nvidia-plugin=false",
            "unknown flag: --install-nvidia-plugin",
        ),
        ("eksctl create addon -f cluster_config.yaml", 'unknown command "addon"'),
        ("eksctl utils write-kubeconfig --cluster demo", "unknown flag: --cluster"),
        ("eksctl create cluster -f current.yaml", 'unknown field "managedNodeGroups"'),
        ("helm install mpijob helm/mpijob --create-namespace", "unknown flag: --create-namespace"),
        ("helm install mpijob helm/mpijob", "needs 1 argument"),
        ("helm install --name mpijob helm/mpijob", "could not find tiller"),
        ("helm install --name mpijob helm", "no Chart.yaml exists"),
    ],
)
def test_the_old_ones_know_less(run_classic: Run, rendered: Path, command: str, words: str) -> None:
    text = (rendered / "current" / "nodegroup_config.yaml").read_text("utf-8")
    (rendered / "classic" / "current.yaml").write_text(text, "utf-8")
    assert words in run_classic(*command.split(), code=1).stderr.decode()


def test_config_files_are_strict(run: Run, rendered: Path, tmp_path: Path) -> None:
    config = yaml.safe_load((rendered / "current" / "nodegroup_config.yaml").read_text("utf-8"))
    path = tmp_path / "wrong.yaml"
    for change, words in (
        ({"surprise": 1}, 'unknown field "surprise"'),
        ({"metadata": {}}, "name"),
    ):
        path.write_text(yaml.safe_dump({**config, **change}), "utf-8")
        assert words in run("eksctl", "create", "cluster", "-f", str(path), code=1).stderr.decode()
    config["managedNodeGroups"][0]["desiredCapacity"] = 9
    done = run("eksctl", "create", "cluster", "-f", "-", text=yaml.safe_dump(config), code=1)
    assert b"desiredCapacity > maxSize" in done.stderr


def test_a_cluster_lives(current: Programs, run: Run) -> None:
    assert run("eksctl", "version").stdout == b"0.230.0\n"
    assert b"kubernetesNetworkConfig" in run(*CREATE[:-1], "--dry-run").stdout
    assert current.state()["clusters"] == {}
    run(*CREATE)
    assert b"AlreadyExistsException" in run(*CREATE, code=1).stderr
    assert statuses(run, CLUSTER, 1) == ["ACTIVE"]
    assert answer(run(*GROUPS)) == []
    run(*NODES)
    assert b"1 existing nodegroup(s) (gpu) will be excluded" in run(*NODES).stderr
    scale = ("eksctl", "scale", "nodegroup", "--cluster", "demo", "--name", "gpu", *REGION)
    assert b"greater than" in run(*scale, "--nodes", "9", code=1).stderr
    run(*scale, "--nodes", "9", "--nodes-max", "9")
    (group,) = answer(run(*GROUPS))
    assert (group["Status"], group["DesiredCapacity"], group["MaxSize"]) == ("ACTIVE", 9, 9)
    delete = ("eksctl", "delete", "nodegroup", "-f", "nodegroup_config.yaml")
    assert b"(plan)" in run(*delete).stderr
    assert len(answer(run(*GROUPS))) == 1
    run(*delete, "--approve", "--wait")
    assert answer(run(*GROUPS)) == []
    assert b"already exists" in run("eksctl", "create", "addon", "-f", "cluster_config.yaml").stderr
    config = current.home / ".kube" / "eksctl" / "clusters" / "demo"
    (entry,) = yaml.safe_load(config.read_text("utf-8"))["clusters"]
    assert entry["name"] == "demo.us-east-1.eksctl.io"
    config.unlink()
    run("eksctl", "utils", "write-kubeconfig", "--cluster", "demo", *REGION, "--auto-kubeconfig")
    assert config.exists()
    run("eksctl", "delete", "cluster", "-f", "cluster_config.yaml")
    assert statuses(run, CLUSTER, 2) == ["DELETING", "DELETING"]
    run(*CLUSTER, code=1)
    assert not config.exists()


def test_the_old_cluster_lives(classic: Programs, run_classic: Run) -> None:
    name = "armand-demo-cluster"
    run_classic(*CREATE)
    groups = ("eksctl", "get", "nodegroup", "--cluster", name, *REGION, "-o", "json")
    assert answer(run_classic(*groups)) is None
    run_classic(*NODES)
    (group,) = answer(run_classic(*groups))
    assert (group["Name"], group["DesiredCapacity"]) == ("nodegroup-p3dn", 4)
    assert "Status" not in group
    run_classic("eksctl", "utils", "write-kubeconfig", "--name", name, *REGION)
    assert [*classic.state()["clusters"]] == [name]
    token = answer(run_classic("aws-iam-authenticator", "token", "-i", name))
    assert token["kind"] == "ExecCredential"


def test_half_made_things_become_whole(current: Programs, run: Run) -> None:
    current.plan_fault("eksctl", "create", "cluster", kind="die")
    run(*CREATE, code=-signal.SIGKILL)
    assert current.state()["kubeconfigs"] == {}
    assert b'due to status "CREATING"' in run(*NODES, code=1).stderr
    assert statuses(run, CLUSTER, 3) == ["CREATING", "CREATING", "ACTIVE"]
    current.plan_fault("eksctl", "create", "nodegroup", kind="die")
    run(*NODES, code=-signal.SIGKILL)
    assert statuses(run, GROUPS, 3) == ["CREATING", "CREATING", "ACTIVE"]
    current.plan_fault("aws", "deploy", kind="die")
    run(*DEPLOY, code=-signal.SIGKILL)
    assert b"is in CREATE_IN_PROGRESS state" in run(*DEPLOY, code=254).stderr
    found = statuses(run, DESCRIBE, 3, "StackStatus")
    assert found == ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"]


def test_a_stack_lives(current: Programs, run: Run, rendered: Path, tmp_path: Path) -> None:
    assert b"Successfully created/updated stack - fsx" in run(*DEPLOY, "--tags", "a=b").stdout
    assert b"No changes to deploy" in run(*DEPLOY, "--tags", "a=b").stdout
    run(*DEPLOY, "--tags", "a=b", "--fail-on-empty-changeset", code=255)
    (stack,) = answer(run(*DESCRIBE))["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert stack["Tags"] == [{"Key": "a", "Value": "b"}]
    query = "Stacks[0].Outputs[?OutputKey=='MountName'].OutputValue | [0]"
    text = run(*DESCRIBE, "--query", query, "--output", "text").stdout.decode()
    assert text == f"{outputs['MountName']}\n"
    assert outputs["MountName"] == "fsx"
    assert outputs["SecurityGroupId"].startswith("sg-")
    systems = ("aws", "fsx", "describe-file-systems", "--file-system-ids")
    (system,) = answer(run(*systems, outputs["FileSystemId"], *REGION))["FileSystems"]
    assert system["LustreConfiguration"]["MountName"] == outputs["MountName"]
    assert b"FileSystemNotFound" in run(*systems, "fs-0", *REGION, code=254).stderr
    events = answer(run("aws", "cloudformation", "describe-stack-events", *STACK))
    assert events["StackEvents"][0]["ResourceStatus"] == "CREATE_COMPLETE"
    text = (rendered / "current" / "fsx_stack.yaml").read_text("utf-8")
    other = tmp_path / "other.yaml"
    other.write_text(text.replace("SCRATCH_1", "SCRATCH_2"), "utf-8")
    run("aws", "cloudformation", "deploy", "--template-file", str(other), *STACK)
    (stack,) = answer(run(*DESCRIBE))["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert len(outputs["MountName"]) == 8
    current.set_status("fsx", "ROLLBACK_COMPLETE")
    assert b"is in ROLLBACK_COMPLETE state and can not be updated" in run(*DEPLOY, code=254).stderr
    wait = ("aws", "cloudformation", "wait")
    assert b"terminal failure" in run(*wait, "stack-create-complete", *STACK, code=255).stderr
    run("aws", "cloudformation", "delete-stack", *STACK)
    run(*wait, "stack-delete-complete", *STACK)
    run(*DESCRIBE, code=254)
    assert current.state()["file_systems"] == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Resources: {}", "At least one Resources member"),
        ("Resources: {A: {Properties: {}}}", "must contain a Type member"),
        ("Resources: {A: {Type: B, C: !Ref D}}", "dependencies [D]"),
        ("Resources: {A: {Type: 'AWS::IAM::Role'}}", "InsufficientCapabilities"),
        ("Parameters: {P: {Type: String}}\nResources: {A: {Type: B}}", "[P] must have values"),
    ],
)
def test_templates_are_checked(run: Run, tmp_path: Path, content: str, words: str) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(content, "utf-8")
    deploy = ("aws", "cloudformation", "deploy", "--template-file", str(wrong), *STACK)
    assert words in run(*deploy, code=254).stderr.decode()


def test_what_eksctl_made_is_known_to_aws(run: Run) -> None:
    run(*CREATE)
    zone = "Name=availability-zone,Values=us-east-1c"
    rest = ("--query", "Subnets[].SubnetId", "--output", "text")
    subnets = run("aws", "ec2", "describe-subnets", *REGION, "--filters", zone, *rest)
    assert subnets.stdout == b"subnet-0c1b2c3d4e5f60718\n"
    place = ("--stack-name", "eksctl-demo-cluster", *REGION)
    (stack,) = answer(run("aws", "cloudformation", "describe-stacks", *place))["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert answer(run("aws", "eks", "describe-cluster", "--name", "demo", *REGION))["cluster"]


def test_broken_things_stay_broken(current: Programs, run: Run) -> None:
    current.plan_fault("eksctl", "create", "nodegroup", kind="rollback")
    run(*CREATE)
    run(*NODES, code=1)
    assert statuses(run, GROUPS, 4) == ["CREATE_FAILED"] * 4
    current.set_status("gpu", "DEGRADED")
    assert statuses(run, GROUPS, 1) == ["DEGRADED"]
    current.set_status("cluster", "FAILED")
    assert statuses(run, CLUSTER, 4) == ["FAILED"] * 4
    # What was rolled back is a stack alone, and blocks the name.
    current.set_status("demo", "ROLLBACK_COMPLETE")
    run(*CLUSTER, code=1)
    assert b"AlreadyExists" in run(*CREATE, code=1).stderr


def test_tiller_and_its_releases(
    classic: Programs, run_classic: Run, told: Any, fake: Path
) -> None:
    classic.kubernetes(kubeconfig=fake, kubectl=fake)
    version = run_classic("helm", "version", "--client", "--short")
    assert version.stdout == b"Client: v2.17.0+ga690bad\n"
    init = ("helm", "init", "--service-account", "tiller", "--history-max", "200")
    run_classic(*init)
    assert "get serviceaccount tiller" in told()
    assert b"already installed" in run_classic(*init).stdout
    install = ("helm", "install", "--name", "mpijob", "helm/mpijob/")
    status = ("helm", "status", "mpijob", "--output", "json")
    assert b'release: "mpijob" not found' in run_classic(*status, code=1).stderr
    classic.plan_fault("helm", "install", kind="die")
    run_classic(*install, code=-signal.SIGKILL)
    assert answer(run_classic(*status))["info"]["status"]["code"] == 6
    assert "CustomResourceDefinition" in told()
    assert "kind: Deployment" not in told()
    assert b"a release named mpijob already exists." in run_classic(*install, code=1).stderr
    run_classic("helm", "upgrade", "mpijob", "helm/mpijob/", code=1)
    run_classic("helm", "delete", "--purge", "mpijob")
    run_classic(*install)
    run_classic("helm", "upgrade", "mpijob", "helm/mpijob/")
    assert "kind: Deployment" in told()
    assert answer(run_classic(*status))["info"]["status"]["code"] == 1
    assert b"--force" in run_classic("helm", "reset", code=1).stderr


def test_charts_from_the_network_are_played(current: Programs, run: Run, told: Any) -> None:
    run(*HELM, "--version", "1.17.0")
    assert answer(run("helm", "status", HELM[3], "-n", "kube-system", "-o", "json"))
    (release,) = current.state()["releases"].values()
    assert release["status"] == "deployed"
    run("helm", "status", "mpijob")
    assert told() == "status mpijob\n\n"
    run("helm", "uninstall", HELM[3], "--namespace", "kube-system")
    assert current.state()["releases"] == {}


def test_urls_become_local_files(current: Programs, run: Run, told: Any) -> None:
    run("kubectl", "apply", "--server-side", "-f", OPERATOR)
    words = told().split()
    assert words[:3] == ["apply", "--server-side", "-f"]
    kinds = [one["kind"] for one in yaml.safe_load_all(Path(words[3]).read_text("utf-8")) if one]
    assert kinds[:3] == ["Namespace", "CustomResourceDefinition", "ServiceAccount"]
    assert (
        b"may not be more than 262144 bytes"
        in run("kubectl", "apply", "-f", OPERATOR, code=1).stderr
    )
    run("kubectl", "apply", f"--filename={DRIVER}")
    overlay = "github.com/kubernetes-sigs/aws-fsx-csi-driver/deploy/kubernetes/overlays/stable/"
    run("kubectl", "apply", "-k", f"{overlay}?ref=release-1.9")
    assert "https:" not in told()
    assert "-k" not in told().splitlines()[-2].split()


def test_half_of_a_file_is_its_first_document(current: Programs, run: Run, told: Any) -> None:
    current.plan_fault("kubectl", "apply", kind="die")
    run("kubectl", "apply", "-f", "-", text="kind: A\n---\nkind: B\n", code=-signal.SIGKILL)
    (path,) = [one for one in told().split() if one.endswith(".yaml")]
    assert Path(path).read_text("utf-8") == "kind: A\n"


def test_the_cluster_gets_its_objects(
    current: Programs, run: Run, told: Any, fake: Path, tmp_path: Path
) -> None:
    current.kubernetes(kubeconfig=fake, kubectl=fake)
    run(*CREATE)
    assert "CSIDriver" in told()
    (tmp_path / "told").unlink()
    run(*NODES)
    # Once to make them, and once for their status.
    assert told().count('"kind": "Node"') == 2 * 4
    assert "nvidia-device-plugin-daemonset" in told()
    assert '"nvidia.com/gpu": "8"' in told()
    scale = ("eksctl", "scale", "nodegroup", "--cluster", "demo", "--name", "gpu", *REGION)
    run(*scale, "--nodes", "1")
    assert len([one for one in told().splitlines()[-2].split() if one.startswith("ip-")]) == 3


def test_faults_strike_the_calls_they_are_planned_for(current: Programs, run: Run) -> None:
    current.plan_fault("kubectl", "apply", "job.yaml", kind="fail", times=2, after=1)
    run("kubectl", "get", "pods")
    run("kubectl", "apply", "-f", "jobs/job.yaml")
    for _ in range(2):
        assert b"Forbidden" in run("kubectl", "apply", "-f", "jobs/job.yaml", code=1).stderr
    assert current.unused_faults() == []
    run("kubectl", "apply", "-f", "jobs/job.yaml")
    current.plan_fault("aws", kind="fail")
    assert len(current.unused_faults()) == 1
    current.clear_faults()
    run("aws", "sts", "get-caller-identity")


@pytest.mark.parametrize("tool", ["eksctl", "aws", "kubectl", "helm"])
@pytest.mark.parametrize("kind", [one for one in KINDS if one not in ("hang", "stubborn")])
def test_every_fault_of_every_tool_ends(current: Programs, tool: str, kind: str) -> None:
    current.plan_fault(tool, kind=kind)
    done = subprocess.run(
        [sys.executable, "-c", PARENT, current.bin / tool, "version"],
        env=current.environment(),
        capture_output=True,
        timeout=30,
    )
    assert (done.returncode == -signal.SIGKILL) == kind.startswith("kill")
    assert current.unused_faults() == []
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("kind", "command", "code", "words"),
    [
        ("fail", CREATE, 1, "AccessDenied"),
        ("fail", DEPLOY, 254, "(AccessDenied) when calling the CreateChangeSet operation"),
        ("unreachable", ("kubectl", "get", "pods"), 1, "was refused"),
        ("unreachable", ("helm", "list"), 1, "cluster unreachable"),
        ("no_credentials", DEPLOY, 253, "Unable to locate credentials"),
        ("no_credentials", CREATE, 1, "failed to refresh cached credentials"),
    ],
)
def test_failing_does_nothing(
    current: Programs, run: Run, kind: str, command: tuple[str, ...], code: int, words: str
) -> None:
    before = current.state()
    current.plan_fault(command[0], kind=kind)
    assert words in run(*command, code=code).stderr.decode()
    assert current.state() == before


def test_without_credentials(run: Run, run_classic: Run) -> None:
    none = {"AWS_ACCESS_KEY_ID": ""}
    assert b"Unable to locate" in run("aws", "sts", "get-caller-identity", code=253, **none).stderr
    assert b"no EC2 IMDS role found" in run(*CLUSTER, code=1, **none).stderr
    assert b"NoCredentialProviders" in run_classic(*CLUSTER, code=1, **none).stderr
    run("eksctl", "version", **none)
    run("aws", "--version", **none)


def test_rubbish(current: Programs, run: Run) -> None:
    current.plan_fault("eksctl", kind="garbage")
    with pytest.raises(UnicodeDecodeError):
        run(*CREATE).stdout.decode()
    assert current.state()["clusters"] == {}
    current.plan_fault("eksctl", kind="garbage_after")
    with pytest.raises(UnicodeDecodeError):
        run(*CREATE).stdout.decode()
    assert current.state()["clusters"]["demo"]["status"] == "ACTIVE"
    current.plan_fault("kubectl", kind="garbage_after")
    assert b"done" not in run("kubectl", "get", "pods").stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_hanging_ends_by_a_signal(current: Programs, number: int) -> None:
    current.plan_fault("kubectl", kind="hang")
    with subprocess.Popen([current.bin / "kubectl", "wait"], env=current.environment()) as process:
        assert current.hanging(timeout=10) == [process.pid]
        process.send_signal(number)
        assert process.wait(10) == -number


def test_stubborn_ones_hang_on(current: Programs) -> None:
    current.plan_fault("aws", kind="stubborn")
    with subprocess.Popen([current.bin / "aws", "sts"], env=current.environment()) as process:
        current.hanging(timeout=10)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert process.poll() is None
        current.end_hanging()
        assert process.wait(10) == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [("kill_before", None), ("kill_during", "CREATING"), ("kill_after", "ACTIVE")],
)
def test_the_parent_is_killed(
    current: Programs, rendered: Path, kind: str, status: str | None
) -> None:
    current.plan_fault("eksctl", kind=kind)
    done = subprocess.run(
        [sys.executable, "-c", PARENT, current.bin / "eksctl", *CREATE[1:]],
        env=current.environment(),
        cwd=rendered / "current",
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL
    assert b"alive" not in done.stdout
    assert current.state()["clusters"].get("demo", {}).get("status") == status


def test_the_tests_themselves_are_spared(current: Programs, run: Run) -> None:
    current.plan_fault("eksctl", kind="kill_before")
    run("eksctl", "version", code=70)


def test_slow_ones_show_that_they_work(current: Programs, run: Run) -> None:
    current.plan_fault("eksctl", kind="slow")
    start = time.monotonic()
    assert run(*CREATE).stderr.count(b" of 3\n") == 3
    assert time.monotonic() - start >= 0.3


def test_snapshots(current: Programs, run: Run) -> None:
    run(*CREATE)
    before, calls = current.state(), len(current.calls())
    snapshot = current.snapshot()
    run("eksctl", "delete", "cluster", "-f", "cluster_config.yaml", "--wait")
    run(*DEPLOY)
    assert current.state() != before
    current.restore(snapshot)
    assert current.state() == before
    assert len(current.calls()) == calls
    assert statuses(run, CLUSTER, 1) == ["ACTIVE"]


def test_a_tool_may_be_missing(current: Programs, run: Run) -> None:
    current.remove("kubectl")
    run("sh", "-c", "kubectl version", code=127)
    current.put_back("kubectl")
    run("sh", "-c", "kubectl version")


def test_two_at_once_lose_nothing(current: Programs, rendered: Path) -> None:
    command = [str(current.bin / "aws"), *DEPLOY[1:-4], *REGION, "--stack-name"]
    names = [f"stack-{number}" for number in range(6)]
    running = [
        subprocess.Popen(
            [*command, one],
            env=current.environment(),
            cwd=rendered / "current",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for one in names
    ]
    assert [one.wait(20) for one in running] == [0] * 6
    assert sorted(one["name"] for one in current.state()["stacks"].values()) == names
    assert len(current.calls("aws")) == 6


@pytest.fixture
def api() -> Iterator[KubernetesApi]:
    with KubernetesApi() as api:
        yield api


def test_with_a_kubernetes_api(
    api: KubernetesApi, kubectl: Path, helm: Path, tmp_path: Path, rendered: Path
) -> None:
    config = api.kubeconfig(tmp_path / "config")
    programs = Programs(
        tmp_path / "p", stack="current", kubectl=kubectl, helm=helm, kubeconfig_of_cluster=config
    )
    programs.kubernetes(kubeconfig=config, kubectl=kubectl)
    reach = str(programs.home / ".kube" / "eksctl" / "clusters" / "demo")
    run = runner(programs, rendered / "current")
    run(*CREATE)
    run(*NODES)
    name = ("kubectl", "config", "view", "--minify", "-o", "jsonpath={.clusters[0].name}")
    assert run(*name, KUBECONFIG=reach).stdout == b"demo.us-east-1.eksctl.io"
    nodes = answer(run("kubectl", "get", "nodes", "-o", "json", KUBECONFIG=reach))["items"]
    assert [one["status"]["allocatable"]["nvidia.com/gpu"] for one in nodes] == ["8"] * 4
    assert api.get("daemonsets", "kube-system", "nvidia-device-plugin-daemonset")
    assert api.get("daemonsets", "kube-system", "fsx-csi-node")
    run("kubectl", "apply", "--server-side", "-f", OPERATOR, KUBECONFIG=reach)
    assert api.get("deployments", "mpi-operator", "mpi-operator")
    run(*HELM, KUBECONFIG=reach)
    delete = ("eksctl", "delete", "nodegroup", "-f", "nodegroup_config.yaml", "--approve")
    run(*delete, "--wait")
    assert answer(run("kubectl", "get", "nodes", "-o", "json", KUBECONFIG=reach))["items"] == []


def test_the_classic_stack_with_a_kubernetes_api(
    api: KubernetesApi, kubectl: Path, tmp_path: Path, rendered: Path
) -> None:
    config = api.kubeconfig(tmp_path / "config")
    programs = Programs(
        tmp_path / "p", stack="classic", kubectl=kubectl, kubeconfig_of_cluster=config
    )
    programs.kubernetes(kubeconfig=config, kubectl=kubectl)
    run = runner(programs, rendered / "classic")
    init = ("helm", "init", "--service-account", "tiller", "--history-max", "200")
    assert b'"tiller" not found' in run(*init, code=1).stderr
    run("kubectl", "apply", "-f", "tiller_rbac_config.yaml", KUBECONFIG=str(config))
    run(*init)
    assert api.get("deployments", "kube-system", "tiller-deploy")
    run(*CREATE)
    run(*NODES)
    assert len([one for one in api.all() if one["kind"] == "Node"]) == 4
    run("helm", "install", "--name", "mpijob", "helm/mpijob/")
    assert api.get("customresourcedefinitions", "", "mpijobs.kubeflow.org")
