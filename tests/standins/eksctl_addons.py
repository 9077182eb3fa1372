"""eksctl's commands on EKS add-ons."""

from __future__ import annotations

from typing import Any

from standins import cluster_objects
from standins.eksctl import answer, log, region
from standins.eksctl_config import load, wrong
from standins.program import Program, Stopped
from standins.world import ask, begin, settle

FSX = "aws-fsx-csi-driver"


def add(program: Program, place: dict[str, Any], names: list[str]) -> None:
    with program.world.change() as data:
        addons = data["clusters"][place["name"]]["addons"]
        new = [one for one in names if one not in addons]
        for name in new:
            begin(addons.setdefault(name, {}), "CREATING")
    for name in names:
        log(program, f"creating addon: {name}" if name in new else f"addon {name} already exists")
    if new:
        program.half()
        if FSX in new:
            cluster_objects.create(program, cluster_objects.fsx_driver())
        with program.world.change() as data:
            for name in new:
                settle(data["clusters"][place["name"]]["addons"][name], "ACTIVE")


def create(program: Program, given: dict[str, Any]) -> None:
    from standins.eksctl_clusters import operable

    if "config-file" in given:
        config = load(program, given["config-file"])
        meta = config["metadata"]
        name, where = meta["name"], meta["region"]
        names = [one["name"] for one in config.get("addons") or []]
    else:
        if not given.get("cluster") or not given.get("name"):
            raise wrong(program, "--cluster must be set")
        name, where, names = given["cluster"], region(given), [given["name"]]
    if not names:
        raise wrong(program, "no addons specified")
    with program.world.change() as data:
        place = operable(program, data, name, where)
    add(program, place, names)


def get(program: Program, given: dict[str, Any]) -> None:
    from standins.eksctl_clusters import operable

    if "config-file" in given:
        raise Stopped("stand-in: `get addon` is played with --cluster alone", 64)
    if not given.get("cluster"):
        raise wrong(program, "--cluster must be set")
    finished: list[str] = []
    with program.world.change() as data:
        place = operable(program, data, given["cluster"], region(given))
        addons = place["addons"]
        if given.get("name") and given["name"] not in addons:
            raise wrong(
                program,
                f'failed to get addon "{given["name"]}": operation error EKS: DescribeAddon, '
                f"ResourceNotFoundException: No addon: {given['name']} found in cluster: "
                f"{place['name']}",
            )
        for name, addon in addons.items():
            if "questions" in addon and addon["questions"] == 0:
                finished.append(name)
            ask(addon, lambda addon=addon: settle(addon, "ACTIVE"))  # type: ignore[misc]
    if FSX in finished:
        cluster_objects.create(program, cluster_objects.fsx_driver())
    rows = [
        {"Name": name, "Version": "v1.9.0-eksbuild.1", "Status": addon["status"], "Issues": None}
        for name, addon in sorted(addons.items())
        if given.get("name") in (None, name)
    ]
    answer(program, given, rows)
