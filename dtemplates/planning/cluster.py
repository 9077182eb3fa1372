"""Steps that make the cluster, its node groups, and the way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.planning.step import Command, Learned, Probe, Step, Wait, command
from dtemplates.planning.timings import times
from dtemplates.settings.sizing import accelerator
from dtemplates.stacks import is_first_eksctl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.settings.root import Settings

# Which server kubectl would ask.
SERVER = command(
    *("kubectl", "config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
)
CLUSTER_FILE = "cluster_config.yaml"
NODEGROUP_FILE = "nodegroup_config.yaml"


def cluster_steps(
    settings: Settings, waiting_for: set[str], kubeconfig: str | None, *, own_nvidia: bool
) -> Iterator[Step]:
    """Yield the steps up to a cluster that kubectl reaches.

    `waiting_for` names the settings that only the made network tells; with `own_nvidia` the plan
    installs NVIDIA's device plugin, so that eksctl need not.
    """
    name, region = settings.cluster.name, settings.cluster.region
    target = ("--kubeconfig", kubeconfig) if kubeconfig else ("--auto-kubeconfig",)
    yield Step(
        name="cluster",
        group="eks",
        what=f"create the EKS cluster {name} in {region}",
        files=(CLUSTER_FILE,),
        done=Probe(
            _get_cluster(settings),
            "cluster",
            "its status is ACTIVE",
            stack=_stack_status(settings),
        ),
        command=command("eksctl", "create", "cluster", "-f", CLUSTER_FILE, *target),
        learns=tuple(_network(settings, waiting_for)),
        undo=(
            command("eksctl", "delete", "cluster", "-f", CLUSTER_FILE, "--wait", *_force(settings)),
        ),
        keep=("cluster",),
        **times("cluster"),
    )
    nodes: tuple[Wait, ...] = ()
    if settings.nodegroups:
        made = _nodegroups(settings, own_nvidia=own_nvidia)
        yield made
        nodes = tuple(_joined(group.name, made) for group in settings.nodegroups)
    yield _kubeconfig(settings, kubeconfig, nodes)


def _joined(group: str, made: Step) -> Wait:
    """Return the wait for a group's nodes: of a run that ended half-way, nobody waited for them."""
    wanted = made.done.command if made.done else None
    return Wait("nodes", group, "joined", by_kubectl=False, wanted=wanted)


def _nodegroups(settings: Settings, *, own_nvidia: bool) -> Step:
    name, region = settings.cluster.name, settings.cluster.region
    names = tuple(group.name for group in settings.nodegroups)
    first = is_first_eksctl(settings.components["eksctl"])
    # One owner: eksctl would install its own version, and wait for nodes that ours serves.
    plugin = ("--install-nvidia-plugin=false",) if own_nvidia and not first else ()
    return Step(
        name="nodegroups",
        group="eks",
        what=f"create the node groups {', '.join(names)}",
        files=(NODEGROUP_FILE,),
        done=Probe(
            command(
                *("eksctl", "get", "nodegroup"),
                *("--cluster", name, "--region", region, "-o", "json"),
            ),
            "nodegroups",
            "all of them are there and whole",
            names,
        ),
        command=command("eksctl", "create", "nodegroup", "-f", NODEGROUP_FILE, *plugin),
        undo=(
            command(
                *("eksctl", "delete", "nodegroup", "-f", NODEGROUP_FILE, "--approve", "--wait"),
                # All nodes go, so that coredns has nowhere left to be moved to.
                "--drain=false" if first else "--disable-eviction",
            ),
        ),
        **times("nodegroups"),
    )


def _kubeconfig(settings: Settings, kubeconfig: str | None, nodes: tuple[Wait, ...]) -> Step:
    name, region = settings.cluster.name, settings.cluster.region
    option = "--name" if is_first_eksctl(settings.components["eksctl"]) else "--cluster"
    write = command(
        *("eksctl", "utils", "write-kubeconfig"),
        *(option, name, "--region", region, "--auto-kubeconfig"),
    )
    # A file that the user names may call the cluster as it likes; it is asked, not written.
    return Step(
        name="kubeconfig",
        group="eks",
        what=f"let kubectl reach {name}, and see its nodes",
        done=None
        if kubeconfig
        else Probe(
            SERVER,
            "endpoint",
            "it is the cluster's endpoint",
            against=_get_cluster(settings),
        ),
        command=None if kubeconfig else write,
        check=command("kubectl", "get", "namespace", "default", "-o", "name"),
        check_means="the cluster answers",
        waits=() if kubeconfig else nodes,
        **times("kubeconfig"),
    )


def _get_cluster(settings: Settings) -> Command:
    """Return the question for the cluster: its status, and where it answers."""
    return command(
        *("eksctl", "get", "cluster", "--name", settings.cluster.name),
        *("--region", settings.cluster.region, "-o", "json"),
    )


def _stack_status(settings: Settings) -> Command | None:
    """Return the question for the stack of a cluster, which is there long before the cluster.

    None with the first eksctl, beside which there need be no AWS command line.
    """
    if is_first_eksctl(settings.components["eksctl"]):
        return None
    stack = f"eksctl-{settings.cluster.name}-cluster"
    return command(
        *("aws", "cloudformation", "describe-stacks", "--stack-name", stack),
        *("--region", settings.cluster.region),
        *("--query", "Stacks[0].StackStatus", "--output", "text"),
    )


def _force(settings: Settings) -> tuple[str, ...]:
    """Return what keeps a deletion from waiting for pods that can go nowhere."""
    first = is_first_eksctl(settings.components["eksctl"])
    return () if first else ("--disable-nodegroup-eviction",)


def _network(settings: Settings, waiting_for: set[str]) -> Iterator[Learned]:
    """Yield how to learn what of the network eksctl makes, and only AWS knows."""
    for setting in ("fsx.dynamic.subnet_id", "fsx.create.subnet_id"):
        if setting in waiting_for:
            yield Learned(setting, _subnet(settings))
    if (setting := "fsx.dynamic.security_group_ids") in waiting_for:
        yield Learned(setting, _security_group(settings))


def _subnet(settings: Settings) -> Command:
    """Return the question for the subnet of the accelerated nodes, or of the first ones."""
    groups = sorted(settings.nodegroups, key=lambda group: accelerator(group, settings) is None)
    group = groups[0] if groups else None
    private = bool(group and group.private_networking)
    # eksctl tags the subnets that it makes, private ones for internal load balancers.
    role = "internal-elb" if private else "elb"
    filters = [
        f"Name=tag:alpha.eksctl.io/cluster-name,Values={settings.cluster.name}",
        f"Name=tag:kubernetes.io/role/{role},Values=1",
    ]
    if group and group.availability_zones:
        filters.append(f"Name=availability-zone,Values={group.availability_zones[0]}")
    return command(
        *("aws", "ec2", "describe-subnets", "--region", settings.cluster.region),
        *("--filters", *filters),
        # The answer has no order of its own, and has to be the same each time.
        *("--query", "sort_by(Subnets, &SubnetId)[0].SubnetId", "--output", "text"),
    )


def _security_group(settings: Settings) -> Command:
    """Return the question for the security group that all nodes are in, or may reach."""
    name, region = settings.cluster.name, settings.cluster.region
    if is_first_eksctl(settings.components["eksctl"]):
        return stack_output(f"eksctl-{name}-cluster", "SharedNodeSecurityGroup", region)
    query = "cluster.resourcesVpcConfig.clusterSecurityGroupId"
    return command(
        *("aws", "eks", "describe-cluster", "--name", name, "--region", region),
        *("--query", query, "--output", "text"),
    )


def stack_output(stack: str, key: str, region: str) -> Command:
    """Return the question for one output of a CloudFormation stack."""
    return command(
        *("aws", "cloudformation", "describe-stacks", "--stack-name", stack, "--region", region),
        *("--query", f"Stacks[0].Outputs[?OutputKey=='{key}'].OutputValue | [0]"),
        *("--output", "text"),
    )
