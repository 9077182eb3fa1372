"""The plan's `aws` command lines, run by the real AWS CLI against moto on this machine.

moto 5.2 makes security groups and leaves file systems out, whose outputs it answers with nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, missing

import dtemplates
from dtemplates import resources
from dtemplates.operation.applying import Options, apply
from dtemplates.operation.comparing import dry_run
from dtemplates.operation.deleting import delete
from dtemplates.operation.events import unseen
from dtemplates.operation.failures import StepFailed
from dtemplates.operation.learning import learned
from dtemplates.operation.session import Session
from dtemplates.operation.states import state
from dtemplates.operation.statuses import State
from dtemplates.planning.plan import Plan, plan
from dtemplates.planning.step import Command, Step
from dtemplates.planning.storage import TEMPLATE_TAG
from dtemplates.settings.root import Settings
from dtemplates.tools import doctor
from dtemplates.tools.processes import Completed, run

REGION = "us-west-2"
ZONES = (f"{REGION}a", f"{REGION}b")
# As eksctl writes its answer for a cluster that is not there; no other question is expected.
EKSCTL = """\
#!/bin/sh
case "$1 $2" in
  "version ") echo 0.230.0 ;;
  "get cluster") echo "Error: ResourceNotFoundException: No cluster found" >&2; exit 1 ;;
  *) echo "not expected: eksctl $*" >&2; exit 97 ;;
esac
"""
# Lustre's own ports (FSx for Lustre user guide).
PORTS = ((988, 988), (1018, 1023))
# What the CLI says of a command line that it does not understand, version 1 and 2.
REFUSALS = (
    "usage:",
    "unknown options",
    "invalid choice",
    "unknown parameter",
    "parameter validation failed",
    "error parsing parameter",
    "bad value for --query",
    "expected one argument",
)
SERVERS_ANSWER = "An error occurred ("
# Said in the server's threads, which filterwarnings=error would end with an internal error.
pytestmark = [
    pytest.mark.filterwarnings(
        "ignore:Tried to parse AWS..FSx..[A-Za-z]+ but it's not:UserWarning"
    ),
    pytest.mark.filterwarnings("ignore:.*does not match an error shape:UserWarning"),
]
GOOD = sorted((ROOT / "tests" / "settings" / "good").glob("*.yaml"))


def show_exports(patch: pytest.MonkeyPatch) -> None:
    """Let change sets see other stacks' exports, which moto 5.2 shows to `create-stack` alone."""
    from moto.cloudformation.models import CloudFormationBackend

    original = CloudFormationBackend.create_change_set

    def create(self: CloudFormationBackend, *args: Any, **more: Any) -> tuple[str, str]:
        change_set, stack = original(self, *args, **more)
        self.stacks[stack].resource_map.cross_stack_resources = self.exports
        return change_set, stack

    patch.setattr(CloudFormationBackend, "create_change_set", create)


def client(service: str, environment: dict[str, str]) -> Any:
    """An API client that needs no program to be started."""
    boto3 = import_module("boto3")
    config = import_module("botocore.config").Config(proxies={"http": ""})
    return boto3.client(
        service,
        config=config,
        region_name=REGION,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


@dataclass(frozen=True)
class Moto:
    """A server: the environment in which `aws` reaches it alone, and clients of the tests' own."""

    environment: dict[str, str]
    ec2: Any
    cloudformation: Any


@pytest.fixture(scope="session")
def moto(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Moto]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    if shutil.which("aws", path=path) is None:
        missing(request, "the AWS CLI is missing: pip install awscli")
    if find_spec("moto") is None or find_spec("flask") is None:
        missing(request, "moto is missing: pip install 'moto[server]'")
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    folder = tmp_path_factory.mktemp("aws")
    (folder / "eksctl").write_text(EKSCTL, "utf-8")
    (folder / "eksctl").chmod(0o755)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # Whatever else were contacted would be so through a proxy that is not there.
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {
        **nowhere,
        "NO_PROXY": "127.0.0.1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
        "HOME": str(folder),
        "PATH": os.pathsep.join((str(folder), path)),
    }
    with pytest.MonkeyPatch.context() as patch:
        show_exports(patch)
        ec2, cloudformation = (client(one, environment) for one in ("ec2", "cloudformation"))
        try:
            yield Moto(environment, ec2, cloudformation)
        finally:
            ec2.close()
            cloudformation.close()
            server.stop()


@dataclass(frozen=True)
class Cli:
    """The AWS CLI in one folder."""

    folder: Path
    moto: Moto

    @property
    def environment(self) -> dict[str, str]:
        return self.moto.environment

    def run(self, *argv: str) -> Completed:
        answer = run(argv, cwd=self.folder, environment=self.environment, timeout=50)
        assert not answer.timed_out, argv
        return answer

    def stack(self, name: str) -> Any:
        (found,) = self.moto.cloudformation.describe_stacks(StackName=name)["Stacks"]
        return found

    def create_stack(self, name: str, template: dict[str, Any]) -> dict[str, str]:
        """Make a stack, not by `deploy`, of which moto 5.2 keeps no exports; return its outputs."""
        text = json.dumps(template)
        self.moto.cloudformation.create_stack(StackName=name, TemplateBody=text)
        return {one["OutputKey"]: one["OutputValue"] for one in self.stack(name)["Outputs"]}

    def resource(self, stack: str, name: str) -> str:
        """The id of what a stack has made."""
        found = self.moto.cloudformation.describe_stack_resource(
            StackName=stack, LogicalResourceId=name
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def groups(self, name: str) -> Any:
        """The security group of this id, as a list that is empty where it is not there."""
        only = [{"Name": "group-id", "Values": [name]}]
        return self.moto.ec2.describe_security_groups(Filters=only)["SecurityGroups"]


@dataclass(frozen=True)
class Network:
    """A VPC that is there, and security groups in it."""

    vpc: str
    subnets: tuple[str, str]
    groups: tuple[str, str]

    @property
    def clients(self) -> str:
        """The override that lets in these groups, which need no stack of eksctl's."""
        return f"fsx.create.client_security_group_ids={json.dumps(self.groups)}"


@pytest.fixture
def cli(moto: Moto, tmp_path: Path) -> Cli:
    return Cli(tmp_path, moto)


@pytest.fixture(scope="session")
def network(moto: Moto) -> Network:
    """The default VPC that moto has, and two groups more."""
    found = moto.ec2.describe_subnets()["Subnets"]
    by_zone = {one["AvailabilityZone"]: one for one in found}
    first, second = (by_zone[zone] for zone in ZONES)
    vpc = first["VpcId"]
    one, other = (
        moto.ec2.create_security_group(GroupName=name, Description="clients", VpcId=vpc)["GroupId"]
        for name in ("one", "other")
    )
    return Network(vpc, (first["SubnetId"], second["SubnetId"]), (one, other))


@dataclass(frozen=True)
class Place:
    """Settings, their plan, and the folder with the plan's manifests."""

    settings: Settings
    plan: Plan
    cli: Cli

    @property
    def step(self) -> Step:
        return next(step for step in self.plan if step.name == "fsx_stack")

    @property
    def options(self) -> Options:
        return Options(parent=self.cli.folder, environment=self.cli.environment)

    @property
    def stack(self) -> str:
        return f"fsx-{self.plan.cluster}-coco"

    def do(self, command: Command | None) -> Completed:
        assert command is not None
        answer = self.cli.run(*command.argv)
        assert answer.code == 0, answer.words
        return answer

    def state(self) -> State:
        probe = self.step.done
        assert probe is not None
        return state(probe, self.cli.run(*probe.command.argv), self.plan.manifests)

    def session(self) -> Session:
        return Session(
            self.cli.folder, "none", unseen, lambda text: None, self.cli.environment, most=50
        )


MakePlace = Callable[..., Place]


@pytest.fixture
def place(cli: Cli, network: Network) -> MakePlace:
    """Settings of a cluster of this name in moto's VPC: `place("demo", "fsx.capacity=7200Gi")`."""

    def make(cluster: str, *overrides: str) -> Place:
        ours = [f"cluster.name={cluster}", f"cluster.vpc.id={network.vpc}"]
        for zone, subnet in zip(ZONES, network.subnets, strict=True):
            ours.append(f"cluster.vpc.public_subnets.{zone}={subnet}")
        text = resources.example("fsx-stack")
        settings = dtemplates.parse(text, overrides=[*ours, *overrides])
        made = plan(settings)
        dtemplates.write(made.manifests, cli.folder, overwrite=True)
        return Place(settings, made, cli)

    return make


def eksctls_stack(cli: Cli, cluster: str, vpc: str) -> dict[str, str]:
    """Make a stack that exports what eksctl's does, and return the exports."""
    groups = ("SharedNodeSecurityGroup", "ClusterSecurityGroupId")
    outputs: dict[str, Any] = {
        name: {"Value": {"Fn::GetAtt": [f"Of{name}", "GroupId"]}} for name in groups
    }
    outputs["VPC"] = {"Value": vpc}
    for name, output in outputs.items():
        output["Export"] = {"Name": f"eksctl-{cluster}-cluster::{name}"}
    about = {"GroupDescription": "nodes", "VpcId": vpc}
    made = {
        f"Of{name}": {"Type": "AWS::EC2::SecurityGroup", "Properties": about} for name in groups
    }
    template = {"Resources": made, "Outputs": outputs}
    return cli.create_stack(f"eksctl-{cluster}-cluster", template)


def ingress(found: dict[str, Any]) -> set[tuple[str, int, int, str]]:
    return {
        (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], pair["GroupId"])
        for rule in found["IpPermissions"]
        for pair in rule["UserIdGroupPairs"]
    }


def from_each(*sources: str) -> set[tuple[str, int, int, str]]:
    return {("tcp", first, last, source) for source in sources for first, last in PORTS}


def test_stack_is_absent_then_done_and_twice_is_fine(
    place: MakePlace, cli: Cli, network: Network
) -> None:
    at = place("twice", network.clients)
    assert at.state().status == "absent"
    at.do(at.step.command)
    assert at.state() == State("done")

    again = at.do(at.step.command)
    assert "No changes to deploy" in again.stdout + again.stderr
    assert at.state() == State("done")

    assert at.step.done is not None
    tags = [f"{tag['Key']}={tag['Value']}" for tag in cli.stack(at.stack)["Tags"]]
    assert tags == list(at.step.done.expects)
    assert tags[0].startswith(TEMPLATE_TAG)


def test_stack_of_another_template_is_changed_and_left_alone(
    place: MakePlace, cli: Cli, network: Network
) -> None:
    at = place("changed", network.clients)
    assert apply(at.settings, only=["fsx_stack"], options=at.options).done == ("fsx_stack",)
    before = cli.stack(at.stack)

    other = place("changed", network.clients, "fsx.capacity=7200Gi")
    assert other.state().status == "changed"
    with pytest.raises(StepFailed, match="made from another template"):
        apply(other.settings, only=["fsx_stack"], options=other.options)
    assert cli.stack(at.stack) == before


def test_apply_and_delete_make_and_take_back_the_stack(place: MakePlace, network: Network) -> None:
    at = place("whole", network.clients)
    assert apply(at.settings, only=["fsx_stack"], options=at.options).done == ("fsx_stack",)
    assert apply(at.settings, only=["fsx_stack"], options=at.options).already == ("fsx_stack",)

    kept = delete(at.settings, only=["fsx_stack"], options=at.options)
    assert kept.deleted == kept.absent == ()
    assert at.state().status == "done"
    taken = delete(at.settings, only=["fsx_stack"], include=["fsx"], options=at.options)
    assert taken.deleted == ("fsx_stack",)
    again = delete(at.settings, only=["fsx_stack"], include=["fsx"], options=at.options)
    assert again.absent == ("fsx_stack",)


def test_lustre_is_let_in_from_itself_and_from_the_nodes_alone(
    place: MakePlace, cli: Cli, network: Network
) -> None:
    exports = eksctls_stack(cli, "nodes", network.vpc)
    at = place("nodes")
    at.do(at.step.command)
    made = cli.resource(at.stack, "LustreSecurityGroup")
    (found,) = cli.groups(made)
    assert found["VpcId"] == network.vpc
    assert ingress(found) == from_each(
        made, exports["SharedNodeSecurityGroup"], exports["ClusterSecurityGroupId"]
    )

    for command in at.step.undo:
        at.do(command)
    assert at.state().status == "absent"
    assert cli.groups(made) == []
    for command in at.step.undo:
        at.do(command)


def test_lustre_is_let_in_from_groups_that_the_settings_name(
    place: MakePlace, cli: Cli, network: Network
) -> None:
    at = place("named", network.clients)
    at.do(at.step.command)
    made = cli.resource(at.stack, "LustreSecurityGroup")
    (found,) = cli.groups(made)
    assert ingress(found) == from_each(made, *network.groups)


def test_network_of_eksctl_is_found(cli: Cli, network: Network) -> None:
    """Where eksctl makes the network, the VPC is imported, and the subnet is asked for."""
    text = f"""\
stack: current
cluster: {{name: made, region: {REGION}, availability_zones: {json.dumps(ZONES)}}}
nodegroups:
  - name: gpu
    instance_type: p4d.24xlarge
    availability_zones: [{ZONES[1]}]
    desired_capacity: 1
fsx: {{name: coco, capacity: 1200Gi, create: {{deployment_type: SCRATCH_2}}}}
"""
    settings = dtemplates.parse(text)
    made = plan(settings)
    at = Place(settings, made, cli)
    (question,) = made[0].learns
    assert cli.run(*question.command.argv).stdout.strip() == "None"

    tags = {"alpha.eksctl.io/cluster-name": "made", "kubernetes.io/role/elb": "1"}
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    cli.moto.ec2.create_tags(Resources=list(network.subnets), Tags=listed)
    values = learned(made[:1], at.session())
    assert values == {"fsx.create.subnet_id": network.subnets[1]}

    exports = eksctls_stack(cli, "made", network.vpc)
    known = apply(settings, only=["fsx_stack"], options=at.options)
    assert known.done == ("fsx_stack",)
    folder = next((cli.folder / ".dtemplates").rglob("fsx_stack.yaml"))
    template = yaml.safe_load(folder.read_text("utf-8"))
    properties = template["Resources"]["LustreFileSystem"]["Properties"]
    assert properties["SubnetIds"] == [network.subnets[1]]
    (found,) = cli.groups(cli.resource(at.stack, "LustreSecurityGroup"))
    assert found["VpcId"] == exports["VPC"] == network.vpc


def test_security_group_of_the_cluster_is_a_field_of_the_answer(cli: Cli) -> None:
    """moto leaves the field out; the CLI's own model of the answer has it."""
    made = plan(dtemplates.load(ROOT / "tests" / "settings" / "good" / "made_network.yaml"))
    commands = [one.command for one in made[0].learns if "eks" in one.command.argv]
    assert len(commands) == 1
    argv = commands[0].argv
    refused = cli.run(*argv)
    assert "ResourceNotFoundException" in refused.words
    answer = cli.run(*argv[: argv.index("--query")], "--generate-cli-skeleton", "output")
    found = json.loads(answer.stdout)
    for name in argv[argv.index("--query") + 1].split("."):
        found = found[name]
    assert isinstance(found, str)


def test_outputs_of_a_stack_are_read_as_settings(place: MakePlace, cli: Cli) -> None:
    at = place("outputs")
    values = {"FileSystemId": "fs-0123456789abcdef0", "MountName": "abcdef01"}
    queue = {"Type": "AWS::SQS::Queue"}
    outputs = {name: {"Value": value} for name, value in values.items()}
    cli.create_stack(at.stack, {"Resources": {"Queue": queue}, "Outputs": outputs})
    assert learned([at.step], at.session()) == {
        "fsx.file_system_id": values["FileSystemId"],
        "fsx.mount_name": values["MountName"],
    }
    assert at.state().status == "changed"


def test_outputs_of_no_stack_are_refused(place: MakePlace, cli: Cli) -> None:
    at = place("nothing")
    for one in at.step.learns:
        answer = cli.run(*one.command.argv)
        assert answer.code != 0
        assert "does not exist" in answer.words


def test_first_eksctls_security_group_is_read_from_its_stack(
    place: MakePlace, cli: Cli, network: Network
) -> None:
    text = f"""\
stack: classic
cluster: {{name: old, region: {REGION}}}
nodegroups: [{{name: p3, instance_type: p3.16xlarge, desired_capacity: 1}}]
fsx: {{name: coco, capacity: 3600Gi, dynamic: {{}}}}
"""
    made = plan(dtemplates.parse(text))
    exports = eksctls_stack(cli, "old", network.vpc)
    (question,) = (one for one in made[0].learns if one.setting.endswith("security_group_ids"))
    answer = cli.run(*question.command.argv)
    assert answer.stdout.strip() == exports["SharedNodeSecurityGroup"], answer.words


def test_server_dry_run_takes_the_template(place: MakePlace) -> None:
    at = place("dry")
    (compared,) = dry_run(at.settings, at.plan.select(["fsx_stack"]), at.options)
    assert compared.status == "ok", compared
    assert at.state().status == "absent"


def test_server_dry_run_refuses_a_wrong_template(place: MakePlace, cli: Cli) -> None:
    at = place("wrong")
    templates = cli.folder / "templates"
    templates.mkdir()
    broken = (
        "Resources: {Group: {Type: AWS::EC2::SecurityGroup}}\nOutputs: {A: {Value: {Ref: B}}}\n"
    )
    (templates / "fsx_stack.yaml.j2").write_text(broken, "utf-8")
    options = Options(templates=templates, parent=cli.folder, environment=cli.environment)
    steps = options.plan(at.settings).select(["fsx_stack"])
    (compared,) = dry_run(at.settings, steps, options)
    assert compared.failed
    assert "ValidateTemplate" in compared.text


def test_credentials_are_told(cli: Cli) -> None:
    found = doctor.credentials(REGION, cli.environment)
    assert found.is_well, found
    assert found.found.startswith("arn:aws:")


def refused(answer: Completed) -> bool:
    """Whether the CLI itself did not take it; a server's error is an answer."""
    words = answer.words.lower()
    if any(one in words for one in REFUSALS):
        return True
    return answer.code != 0 and SERVERS_ANSWER not in answer.words


def asked(step: Step) -> Iterator[Command]:
    given = (step.command, step.update, step.check, step.guard, step.gone, *step.repair, *step.undo)
    yield from (one for one in given if one)
    yield from (one.command for one in step.learns)
    if step.done:
        more = (step.done.command, step.done.stack, step.done.against)
        yield from (one for one in more if one)


def test_every_command_line_of_every_plan_is_accepted(cli: Cli) -> None:
    texts = {name: resources.example(name) for name in resources.examples()}
    texts |= {path.stem: path.read_text("utf-8") for path in GOOD}
    commands: dict[Command, str] = {}
    for name, text in texts.items():
        made = plan(dtemplates.parse(text))
        folder = cli.folder / name
        folder.mkdir()
        dtemplates.write(made.manifests, folder)
        for step in made:
            found = (one for one in asked(step) if one.program == "aws")
            commands.update(dict.fromkeys(found, name))
    assert {"fsx-stack", "hdd", "made_network", "persistent_2"} <= set(commands.values())

    # Waiting for a deletion would take its time while another's deploy is under way.
    by_region: dict[str, list[Command]] = {}
    for command in commands:
        region = command.argv[command.argv.index("--region") + 1]
        by_region.setdefault(region, []).append(command)

    def answered(group: list[Command]) -> list[Completed]:
        return [Cli(cli.folder / commands[one], cli.moto).run(*one.argv) for one in group]

    with ThreadPoolExecutor(max_workers=4) as pool:
        answers = [one for each in pool.map(answered, by_region.values()) for one in each]
    assert {" ".join(one.argv): one.words for one in answers if refused(one)} == {}


@pytest.mark.parametrize(
    "words",
    [
        "cloudformation deploys",
        "cloudformation describe-stacks --stack-name",
        "cloudformation deploy --stack-name x --template-file none.yaml",
        "cloudformation describe-stacks --query Stacks[",
        "ec2 describe-subnets --filters Nome=x",
    ],
)
def test_command_line_that_the_cli_does_not_take_is_seen(cli: Cli, words: str) -> None:
    assert refused(cli.run("aws", *words.split(), "--region", REGION))
