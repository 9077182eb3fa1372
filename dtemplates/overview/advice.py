"""What to do next, and what costs money, as things stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import clock
from dtemplates.costs.control_plane import control_plane
from dtemplates.costs.figures import usd
from dtemplates.costs.nodegroups import node_price
from dtemplates.costs.prices import Price
from dtemplates.settings.sizing import accelerator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dtemplates.overview.rows import Row
    from dtemplates.settings.nodegroups import NodeGroup
    from dtemplates.settings.root import Settings


def next_steps(rows: Sequence[Row], settings: Settings) -> Iterator[str]:
    """Yield what to do next: the first thing that is missing, then what is ill."""
    cluster = rows[0]
    if cluster.mood == "unknown":
        yield "find out what is missing: dtemplates doctor"
        return
    if cluster.mood == "absent":
        yield "make the cluster: dtemplates apply"
        return
    for row in rows:
        if row.mood == "ill":
            yield _cure(row)
    if any(row.mood == "absent" for row in rows):
        missing = ", ".join(row.name for row in rows if row.mood == "absent")
        yield f"make what is missing ({missing}): dtemplates apply"
    elif all(row.mood == "well" for row in rows if row.kind == "job") and settings.jobs:
        yield from _after_jobs(rows, settings)


def _cure(row: Row) -> str:
    if row.kind == "job":
        return f"see why job {row.name} failed: dtemplates logs {row.name}"
    return (
        f"{row.kind} {row.name} is {row.state}: see `kubectl describe`, or CloudFormation's events"
    )


def _after_jobs(rows: Sequence[Row], settings: Settings) -> Iterator[str]:
    """Yield how to save money once all jobs have ended."""
    jobs = [row for row in rows if row.kind == "job"]
    if any(row.state != "succeeded" for row in jobs):
        yield f"watch a job: dtemplates logs {jobs[0].name} --follow"
        return
    for row in rows:
        if row.kind == "node group" and row.ready and _is_dear(row.name, settings):
            yield f"drop the nodes that nothing runs on: dtemplates scale {row.name} 0"


def _is_dear(name: str, settings: Settings) -> bool:
    """Return whether a group has accelerators, so that nodes without work cost much."""
    group = _group(name, settings)
    return group is not None and accelerator(group, settings) is not None


def costs(rows: Sequence[Row], settings: Settings) -> Iterator[str]:
    """Yield what costs money: control plane and nodes, each price with its basis."""
    if rows[0].mood in ("absent", "unknown"):
        return
    plane = control_plane(settings, clock.today())
    yield f"control plane of {rows[0].name}: {_said(plane.usd_per_hour, plane.basis, plane.why)}"
    for row in rows:
        # Nodes cost from the moment when they are asked for, ready or not.
        if row.kind == "node group" and row.wanted:
            price = _price(row.name, settings)
            cost = _said(price.times(row.wanted), price.basis, price.why)
            yield f"{row.wanted} nodes of {row.name}: {cost}"


def _said(amount: float | None, basis: str, why: str) -> str:
    return f"price unknown: {why}" if amount is None else f"{usd(amount)} USD/h, {basis}"


def _price(name: str, settings: Settings) -> Price:
    group = _group(name, settings)
    return node_price(group, settings) if group else Price(why="the settings do not have it")


def _group(name: str, settings: Settings) -> NodeGroup | None:
    """Return the node group of this name; None where the settings do not have it."""
    return next((one for one in settings.nodegroups if one.name == name), None)


def file_system(rows: Sequence[Row], settings: Settings) -> str | None:
    """Return the file system that costs money as long as it is there; None without one."""
    fsx = settings.fsx
    if fsx is None:
        return None
    if fsx.dynamic and rows[0].mood == "absent":
        return f"a file system made for claim {fsx.name}, if left: aws fsx describe-file-systems"
    made = [row for row in rows if row.kind in ("file system", "volume", "claim")]
    there = [row for row in made if row.mood in ("well", "coming", "ill")]
    if fsx.file_system_id is None and not there:
        return None
    handles = [row.details.rpartition(" ")[2] for row in there if row.kind == "volume"]
    named = fsx.file_system_id or next(iter(handles), there[0].name)
    return f"FSx for Lustre file system {named or fsx.name}: {fsx.capacity}, billed by the GiB"
