"""eksctl's commands on node groups."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any

from standins import cluster_objects
from standins.eksctl import answer, log, region
from standins.eksctl_config import groups, load, sizes, wrong
from standins.program import Program, Stopped
from standins.world import ask, begin, identifier, settle


def whole(group: dict[str, Any]) -> str:
    return "ACTIVE" if group["managed"] else "CREATE_COMPLETE"


def wanted(config: dict[str, Any], given: dict[str, Any], program: Program) -> list[dict[str, Any]]:
    """The groups of the file that --include and --exclude leave."""
    include = given.get("include") or given.get("only") or ["*"]
    plugin = given.get("install-nvidia-plugin", True) and not program.classic
    found = []
    for group, managed in groups(config):
        name = group["name"]
        patterns = [part for one in include for part in one.split(",")]
        out = [part for one in given.get("exclude") or [] for part in one.split(",")]
        if any(fnmatch(name, one) for one in patterns) and not any(
            fnmatch(name, one) for one in out
        ):
            found.append(record(config, group, managed=managed, plugin=plugin))
    return found


def record(
    config: dict[str, Any], group: dict[str, Any], *, managed: bool, plugin: bool
) -> dict[str, Any]:
    least, desired, most = sizes(group)
    kinds = group.get("instanceTypes") or [group.get("instanceType") or "m5.large"]
    taints = group.get("taints") or []
    zones = group.get("availabilityZones") or [f"{config['metadata']['region']}a"]
    return {
        "name": group["name"],
        "managed": managed,
        "instance_type": kinds[0],
        "min": least,
        "desired": desired,
        "max": most,
        "zone": zones[0],
        "efa": bool(group.get("efaEnabled")),
        "labels": group.get("labels") or {},
        # 0.1.40 has taints as {key: "value:effect"}.
        "taints": taints if isinstance(taints, list) else [pair(*one) for one in taints.items()],
        "nvidia_plugin": plugin and cluster_objects.has_gpus(kinds[0]),
        "mark": identifier("nodegroup", f"{config['metadata']['name']}/{group['name']}", 15),
    }


def pair(key: str, text: str) -> dict[str, str]:
    value, _, effect = text.partition(":")
    return {"key": key, "value": value, "effect": effect}


def add(program: Program, config: dict[str, Any], given: dict[str, Any], name: str) -> None:
    all_of_them = wanted(config, given, program)
    with program.world.change() as data:
        there = data["clusters"][name]["nodegroups"]
        old = [one["name"] for one in all_of_them if one["name"] in there]
        new = [one for one in all_of_them if one["name"] not in there]
        for group in new:
            there[group["name"]] = group
            begin(group, "CREATING" if group["managed"] else "CREATE_IN_PROGRESS")
    if old:
        log(program, f"{len(old)} existing nodegroup(s) ({','.join(old)}) will be excluded")
    if not new:
        log(program, "no tasks")
        return
    names = ", ".join(one["name"] for one in new)
    log(program, f"{len(new)} nodegroup(s) that will be created: {names}")
    program.half()
    failed = program.fault == "rollback"
    with program.world.change() as data:
        place = data["clusters"][name]
        for group in new:
            here = place["nodegroups"][group["name"]]
            broken = "CREATE_FAILED" if here["managed"] else "ROLLBACK_COMPLETE"
            settle(here, broken if failed else whole(here))
    if failed:
        log(program, f'{len(new)} error(s) occurred while creating nodegroups in "{name}"', "✖")
        raise wrong(program, "failed to create nodegroups for cluster")
    for group in new:
        cluster_objects.nodes_appear(program, place, group, plugins=True)
        log(program, f'nodegroup "{group["name"]}" has {group["desired"]} node(s)')
    log(program, f'created {len(new)} nodegroup(s) in cluster "{name}"', "✔")


def create(program: Program, given: dict[str, Any]) -> None:
    from standins.eksctl_clusters import operable, plan

    if "config-file" not in given:
        raise Stopped("stand-in: `create nodegroup` is played with -f alone", 64)
    config = load(program, given["config-file"])
    meta = config["metadata"]
    with program.world.change() as data:
        operable(program, data, meta["name"], meta["region"])
    if given.get("dry-run"):
        return plan(program, config)
    return add(program, config, given, meta["name"])


def target(program: Program, given: dict[str, Any]) -> tuple[str, str]:
    if not given.get("cluster"):
        raise wrong(program, "--cluster must be set")
    return given["cluster"], region(given)


def absent(program: Program, name: str) -> Stopped:
    if program.classic:
        return wrong(program, f'nodegroup "{name}" not found')
    return wrong(
        program,
        "operation error EKS: DescribeNodegroup, https response error StatusCode: 404, RequestID: "
        "7a6d2a3e-5b1c-4f0e-9d58-2c9f5c1d0b77, ResourceNotFoundException: No node group found "
        f"for name: {name}.",
    )


def get(program: Program, given: dict[str, Any]) -> None:
    from standins.eksctl_clusters import operable

    if "config-file" in given:
        raise Stopped("stand-in: `get nodegroup` is played with --cluster alone", 64)
    name, where = target(program, given)
    finished = []
    with program.world.change() as data:
        place = operable(program, data, name, where)
        for group in list(place["nodegroups"].values()):
            if given.get("name") not in (None, group["name"]) or "questions" not in group:
                continue
            if group["questions"] == 0 and "DELET" in group["status"]:
                del place["nodegroups"][group["name"]]
            elif group["questions"] == 0:
                finished.append(group)
            ask(group, lambda group=group: settle(group, whole(group)))  # type: ignore[misc]
        found = sorted(place["nodegroups"].values(), key=lambda one: str(one["name"]))
    for group in finished:
        # The nodes join by themselves; the plugins were eksctl's to install, and it is dead.
        cluster_objects.nodes_appear(program, place, group, plugins=False)
    if given.get("name"):
        found = [one for one in found if one["name"] == given["name"]]
        if not found:
            raise absent(program, given["name"])
    rows = [summary(program, place, one) for one in found]
    answer(program, given, None if program.classic and not rows else rows)


def summary(program: Program, place: dict[str, Any], group: dict[str, Any]) -> dict[str, Any]:
    row = {
        "StackName": f"eksctl-{place['name']}-nodegroup-{group['name']}",
        "Cluster": place["name"],
        "Name": group["name"],
        "Status": group["status"],
        "MaxSize": group["max"],
        "MinSize": group["min"],
        "DesiredCapacity": group["desired"],
        "InstanceType": group["instance_type"],
        "ImageID": "AL2023_x86_64_NVIDIA" if group["managed"] else "ami-0017d945a10387606",
        "NodeGroupType": "managed" if group["managed"] else "unmanaged",
    }
    if program.classic:
        del row["Status"], row["NodeGroupType"]
    return row


def scale(program: Program, given: dict[str, Any]) -> None:
    from standins.eksctl_clusters import operable

    if "config-file" in given:
        raise Stopped("stand-in: `scale nodegroup` is played with --cluster alone", 64)
    name, where = target(program, given)
    if not given.get("name"):
        raise wrong(program, "--name must be set")
    if not {"nodes", "nodes-min", "nodes-max"} & given.keys():
        raise wrong(program, "at least one of minimum, maximum and desired nodes must be set")
    if any(given.get(key, 0) < 0 for key in ("nodes", "nodes-min", "nodes-max")):
        raise wrong(program, "number of nodes must be 0 or greater")
    with program.world.change() as data:
        place = operable(program, data, name, where)
        group = place["nodegroups"].get(given["name"])
        if group is None:
            raise absent(program, given["name"])
        before = group["desired"]
        desired = given.get("nodes", before)
        least = given.get("nodes-min", group["min"])
        most = given.get("nodes-max", group["max"])
        if program.classic:
            # 0.1.40 moves the limits by itself; later ones refuse.
            least, most = min(least, desired), max(most, desired)
        if desired > most:
            reason = f"is greater than current nodes-max/maxSize {most}"
            raise wrong(program, f"the desired nodes {desired} {reason}")
        if desired < least:
            reason = f"is less than current nodes-min/minSize {least}"
            raise wrong(program, f"the desired nodes {desired} {reason}")
        group.update(min=least, desired=desired, max=most)
    log(program, f'scaling nodegroup "{group["name"]}" in cluster {name}')
    program.half()
    if desired > before:
        cluster_objects.nodes_appear(program, place, group, plugins=False)
    else:
        cluster_objects.nodes_vanish(program, group, desired, before)
    log(program, "nodegroup successfully scaled")


def delete(program: Program, given: dict[str, Any]) -> None:
    from standins.eksctl_clusters import operable

    if "config-file" in given:
        config = load(program, given["config-file"])
        name, where = config["metadata"]["name"], config["metadata"]["region"]
        names = [one["name"] for one in wanted(config, given, program)]
    else:
        name, where = target(program, given)
        if not given.get("name"):
            raise wrong(program, "--name must be set")
        names = [given["name"]]
    with program.world.change() as data:
        place = operable(program, data, name, where)
        doomed = [one for one in place["nodegroups"].values() if one["name"] in names]
        if not doomed and "config-file" not in given:
            raise absent(program, names[0])
        if "config-file" in given and not given.get("approve"):
            log(program, f"(plan) would delete {len(doomed)} nodegroups from cluster {name!r}")
            hint = "no changes were applied, run again with '--approve' to apply the changes"
            log(program, hint, "!")
            return
        for group in doomed:
            begin(group, "DELETING" if group["managed"] else "DELETE_IN_PROGRESS")
    program.half()
    for group in doomed:
        cluster_objects.nodes_vanish(program, group)
    if given.get("wait"):
        with program.world.change() as data:
            for group in doomed:
                data["clusters"][name]["nodegroups"].pop(group["name"], None)
    log(program, f'deleted {len(doomed)} nodegroup(s) from cluster "{name}"', "✔")
