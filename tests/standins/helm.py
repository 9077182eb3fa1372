"""Helm 4: the real one, but for charts that it would fetch from the network."""

from __future__ import annotations

import json
from typing import Any

from standins import binary, cluster_objects, flags
from standins.flags import BOOL, MANY, VALUE
from standins.program import Program, Stopped

DRIVER = "aws-fsx-csi-driver"
REPOSITORY = "https://kubernetes-sigs.github.io/aws-fsx-csi-driver"
NEWEST = "1.17.0"
DRIVERS = {"1.17.0": "v1.9.0"}
ANY = {
    "namespace,n": VALUE,
    "kubeconfig": VALUE,
    "kube-context": VALUE,
    "debug": BOOL,
    "output,o": VALUE,
    "timeout": VALUE,
    "wait": BOOL,
    "help,h": BOOL,
}
CHART = {
    **ANY,
    "repo": VALUE,
    "version": VALUE,
    "set": MANY,
    "set-string": MANY,
    "set-json": MANY,
    "values,f": MANY,
    "create-namespace": BOOL,
    "install,i": BOOL,
    "atomic": BOOL,
    "rollback-on-failure": BOOL,
    "cleanup-on-fail": BOOL,
    "history-max": VALUE,
    "description": VALUE,
    "reuse-values": BOOL,
    "reset-values": BOOL,
    "take-ownership": BOOL,
    "force-conflicts": BOOL,
    "server-side": VALUE,
    "skip-crds": BOOL,
    "wait-for-jobs": BOOL,
}
PLAYED = {
    "install": CHART,
    "upgrade": CHART,
    "status": {**ANY, "revision": VALUE},
    "uninstall": {**ANY, "ignore-not-found": BOOL, "keep-history": BOOL, "cascade": VALUE},
}


def own(program: Program) -> bool:
    """Whether this call is about a release that the stand-in plays."""
    arguments = program.arguments
    if not arguments or arguments[0] not in PLAYED:
        return False
    network = any(one == "--repo" or one.startswith("--repo=http") for one in arguments)
    name = next((one for one in arguments[1:] if not one.startswith("-")), "")
    return network or name in program.world.read()["releases"]


def driver(chart: str, given: dict[str, Any]) -> str:
    """The driver's version, which follows the chart's unless it is set."""
    tags = [one for one in given.get("set") or [] if one.startswith("image.tag=")]
    return tags[-1].removeprefix("image.tag=") if tags else DRIVERS.get(chart, "v1.9.0")


def save(program: Program, name: str, chart: str, given: dict[str, Any]) -> None:
    if given.get("repo", "").rstrip("/") != REPOSITORY or chart != DRIVER:
        url = f"{given.get('repo', '').rstrip('/')}/index.yaml"
        raise Stopped(f'Error: looks like "{given.get("repo")}" is not a valid chart repository or '
                      f'cannot be reached: Get "{url}": dial tcp: no such host')  # fmt: skip
    version = given.get("version", NEWEST)
    with program.world.change() as data:
        old = data["releases"].get(name)
        if old and old["status"].startswith("pending"):
            raise Stopped("Error: UPGRADE FAILED: another operation (install/upgrade/rollback) "
                          "is in progress")  # fmt: skip
        revision = old["revision"] + 1 if old else 1
        data["releases"][name] = {
            "status": "pending-upgrade" if old else "pending-install",
            "namespace": given.get("namespace", "default"),
            "chart": f"{chart}-{version}",
            "revision": revision,
        }
    objects = cluster_objects.fsx_driver(driver(version, given))
    cluster_objects.create(program, objects[:1], "apply")
    program.half()
    cluster_objects.create(program, objects[1:], "apply")
    with program.world.change() as data:
        data["releases"][name]["status"] = "deployed"
        release = data["releases"][name]
    if not old:
        program.log(f'Release "{name}" does not exist. Installing it now.')
    shown(program, name, release, given)


def shown(program: Program, name: str, release: dict[str, Any], given: dict[str, Any]) -> None:
    if given.get("output") == "json":
        info = {"status": release["status"], "description": "Install complete"}
        place = {"namespace": release["namespace"], "version": release["revision"]}
        program.say(json.dumps({"name": name, "info": info, **place}))
    else:
        program.say(f"NAME: {name}\nNAMESPACE: {release['namespace']}\n"
                    f"STATUS: {release['status']}\nREVISION: {release['revision']}")  # fmt: skip


def uninstall(program: Program, name: str) -> None:
    program.half()
    cluster_objects.delete(program, "deployment", ["fsx-csi-controller"], "kube-system")
    cluster_objects.delete(program, "daemonset", ["fsx-csi-node"], "kube-system")
    cluster_objects.delete(program, "csidriver", ["fsx.csi.aws.com"])
    with program.world.change() as data:
        del data["releases"][name]
    program.say(f'release "{name}" uninstalled')


def run(program: Program) -> None:
    if not own(program):
        return binary.hand_over(program, program.arguments)
    command = program.arguments[0]
    try:
        words, given = flags.go(program.arguments[1:], PLAYED[command])
    except flags.Refused as error:
        raise Stopped(f"Error: {error}") from None
    wanted = 2 if command in ("install", "upgrade") else 1
    if len(words) != wanted:
        what = f'"helm {command}" requires {wanted} argument{"s" * (wanted > 1)}'
        raise Stopped(f"Error: {what}")
    name = words[0]
    release = program.world.read()["releases"].get(name)
    if release is not None and release["namespace"] != given.get("namespace", "default"):
        release = None
    if wanted == 2:
        if command == "upgrade" and release is None and not given.get("install"):
            raise Stopped(f'Error: UPGRADE FAILED: "{name}" has no deployed releases')
        if command == "install" and release is not None:
            raise Stopped("Error: INSTALLATION FAILED: cannot reuse a name that is still in use")
        return save(program, name, words[1], given)
    if release is None:
        prefix = "uninstall: Release not loaded: " if command == "uninstall" else ""
        tail = f"{name}: " if prefix else ""
        raise Stopped(f"Error: {prefix}{tail}release: not found")
    return uninstall(program, name) if command == "uninstall" else shown(
        program, name, release, given
    )  # fmt: skip
