"""eksctl's commands on clusters."""

from __future__ import annotations

from typing import Any

from standins import cluster_objects, eksctl_addons, eksctl_nodegroups, kubeconfigs
from standins.eksctl import answer, log, region
from standins.eksctl_config import load, wrong
from standins.program import Program, Stopped
from standins.world import ask, begin, identifier, settle

# What EKS itself says of a cluster; all else is said of its CloudFormation stack.
EKS = ("CREATING", "ACTIVE", "DELETING", "FAILED", "UPDATING", "PENDING")


def missing(program: Program, name: str) -> Stopped:
    what = f"ResourceNotFoundException: No cluster found for name: {name}."
    if program.classic:
        tail = "\n\tstatus code: 404, request id: 7a6d2a3e-5b1c-4f0e-9d58-2c9f5c1d0b77"
        return wrong(program, f"unable to describe cluster control plane: {what}{tail}")
    where = "operation error EKS: DescribeCluster, https response error StatusCode: 404"
    request = "RequestID: 7a6d2a3e-5b1c-4f0e-9d58-2c9f5c1d0b77"
    text = f"unable to describe cluster control plane: {where}, {request}, {what}"
    return wrong(program, text)


def find(program: Program, data: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    place: dict[str, Any] | None = data["clusters"].get(name)
    if place is None or place["region"] != where or place["status"] not in EKS:
        raise missing(program, name)
    return place


def operable(program: Program, data: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    place = find(program, data, name, where)
    if place["status"] not in ("ACTIVE", "UPDATING"):
        raise wrong(
            program,
            f'cannot perform Kubernetes API operations on cluster "{name}" in "{where}" region '
            f'due to status "{place["status"]}"',
        )
    return place


def exists(program: Program, name: str) -> Stopped:
    stack = f"eksctl-{name}-cluster"
    if program.classic:
        return wrong(
            program,
            f'creating CloudFormation stack "{stack}": AlreadyExistsException: Stack [{stack}] '
            f"already exists\n\tstatus code: 400",
        )
    log(program, f'creating CloudFormation stack "{stack}"')
    return wrong(
        program,
        f'creating CloudFormation stack "{stack}": operation error CloudFormation: CreateStack, '
        f"https response error StatusCode: 400, RequestID: 7a6d2a3e-5b1c-4f0e-9d58-2c9f5c1d0b77, "
        f"AlreadyExistsException: Stack [{stack}] already exists",
    )


def own_subnets(config: dict[str, Any]) -> dict[str, dict[str, str]]:
    """A public and a private one in each zone, where the file names none."""
    region, name = config["metadata"]["region"], config["metadata"]["name"]
    return {
        f"subnet-{identifier('subnet', f'{name}/{zone}/{role}')}": {"zone": zone, "role": role}
        for zone in config.get("availabilityZones") or [f"{region}{one}" for one in "abc"]
        for role in ("elb", "internal-elb")
    }


def record(program: Program, config: dict[str, Any]) -> dict[str, Any]:
    meta = config["metadata"]
    name = meta["name"]
    vpc = config.get("vpc") or {}
    subnets = {
        one.get("id", identifier("subnet", zone)): {"zone": one.get("az", zone), "role": None}
        for kind in (vpc.get("subnets") or {}).values()
        for zone, one in kind.items()
    } or own_subnets(config)
    mark = identifier("cluster", name, 32).upper()
    return {
        "name": name,
        "region": meta["region"],
        "version": meta.get("version") or ("1.13" if program.classic else "1.34"),
        "shared_security_group": f"sg-{identifier('shared', name)}",
        "endpoint": f"https://{mark}.gr7.{meta['region']}.eks.amazonaws.com",
        "vpc": vpc.get("id") or f"vpc-{identifier('vpc', name)}",
        "subnets": subnets,
        "security_group": f"sg-{identifier('sg', name)}",
        "addons": {},
        "nodegroups": {},
    }


def create(program: Program, given: dict[str, Any]) -> None:
    if "config-file" not in given:
        raise Stopped("stand-in: `create cluster` is played with -f alone", 64)
    config = load(program, given["config-file"])
    if given.get("dry-run"):
        return plan(program, config)
    place = record(program, config)
    name = place["name"]
    log(program, f"using region {place['region']}")
    with program.world.change() as data:
        if name in data["clusters"]:
            raise exists(program, name)
        data["clusters"][name] = place
        begin(place, "CREATING")
    log(program, f'deploying stack "eksctl-{name}-cluster"')
    program.half()
    with program.world.change() as data:
        place = data["clusters"][name]
        settle(place, "ROLLBACK_COMPLETE" if program.fault == "rollback" else "ACTIVE")
    if program.fault == "rollback":
        log(program, f'unexpected status "ROLLBACK_COMPLETE" of stack "eksctl-{name}-cluster"', "✖")
        raise wrong(program, f'failed to create cluster "{name}"')
    eksctl_addons.add(program, place, [one["name"] for one in config.get("addons") or []])
    if given.get("write-kubeconfig", True):
        path = kubeconfigs.save(program, place, given)
        log(program, f'saved kubeconfig as "{path}"', "✔")
    if not given.get("without-nodegroup"):
        eksctl_nodegroups.add(program, config, given, name)
    log(program, f'EKS cluster "{name}" in "{place["region"]}" region is ready', "✔")
    return None


def plan(program: Program, config: dict[str, Any]) -> None:
    """The whole file with eksctl's own defaults in it."""
    import yaml

    meta = {**config["metadata"]}
    meta.setdefault("version", "1.34")
    defaults = {"kubernetesNetworkConfig": {"ipFamily": "IPv4"}}
    program.say(yaml.safe_dump({**defaults, **config, "metadata": meta}).rstrip())


def described(program: Program, place: dict[str, Any]) -> dict[str, Any]:
    arn = f"arn:aws:eks:{place['region']}:123456789012:cluster/{place['name']}"
    vpc = {
        "VpcId": place["vpc"],
        "SubnetIds": [*place["subnets"]],
        "SecurityGroupIds": [place["security_group"]],
    }
    return {
        "Name": place["name"],
        "Arn": arn,
        "Status": place["status"],
        "Version": place["version"],
        "Endpoint": kubeconfigs.server(program, place) if place["status"] == "ACTIVE" else None,
        "ResourcesVpcConfig": vpc,
    }


def get(program: Program, given: dict[str, Any]) -> None:
    where = region(given)
    if "name" not in given:
        with program.world.change() as data:
            rows = [one for one in data["clusters"].values() if one["region"] == where]
        keys = ("name", "region") if program.classic else ("Name", "Region", "Owned")
        table = [
            dict(zip(keys, (one["name"], one["region"], "True"), strict=False)) for one in rows
        ]
        return answer(program, given, table)
    with program.world.change() as data:
        place = find(program, data, given["name"], where)

        def done() -> None:
            if place["status"] == "DELETING":
                del data["clusters"][place["name"]]
            else:
                settle(place, "ACTIVE")

        ask(place, done)
        gone = place["name"] not in data["clusters"]
    if gone:
        raise missing(program, place["name"])
    return answer(program, given, [described(program, place)])


def delete(program: Program, given: dict[str, Any]) -> None:
    if "config-file" in given:
        meta = load(program, given["config-file"])["metadata"]
        name, where = meta["name"], meta["region"]
    elif "name" in given:
        name, where = given["name"], region(given)
    else:
        raise wrong(program, "--name must be set")
    log(program, f'deleting EKS cluster "{name}"')
    with program.world.change() as data:
        place = data["clusters"].get(name)
        if place is None or place["region"] != where:
            raise missing(program, name)
        begin(place, "DELETING")
        groups = place["nodegroups"]
        place["nodegroups"] = {}
    program.half()
    for group in groups.values():
        cluster_objects.nodes_vanish(program, group)
    kubeconfigs.automatic(program, name).unlink(missing_ok=True)
    if given.get("wait"):
        with program.world.change() as data:
            data["clusters"].pop(name, None)
    log(program, "all cluster resources were deleted", "✔")


def write_kubeconfig(program: Program, given: dict[str, Any]) -> None:
    name = given.get("name" if program.classic else "cluster")
    where = region(given)
    if "config-file" in given:
        meta = load(program, given["config-file"])["metadata"]
        name, where = meta["name"], meta["region"]
    if not name:
        raise wrong(program, f"--{'name' if program.classic else 'cluster'} must be set")
    with program.world.change() as data:
        place = operable(program, data, name, where)
    path = kubeconfigs.save(program, place, given)
    log(program, f'saved kubeconfig as "{path}"', "✔")
