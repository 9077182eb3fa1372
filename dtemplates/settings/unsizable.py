"""Jobs that fit nowhere: which setting is to blame, why, and what to set it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.findings import SETTINGS

if TYPE_CHECKING:
    from dtemplates.settings.jobs import Job

# No node has more accelerators.
_MOST = 1024


class Unsizable(Exception):
    """A job that fits nowhere; `field` is the setting to blame, `rule` the rule that it breaks."""

    def __init__(self, field: str, message: str, remedy: str, rule: str = SETTINGS) -> None:
        super().__init__(message)
        self.field, self.remedy, self.rule = field, remedy, rule


def unspread(
    nodegroup: str | None, gpus: int, types: tuple[str, ...], able: list[str]
) -> Unsizable:
    """Return what is wrong where no node is known whose accelerators a worker could take.

    `types` are those of the node group that the job names, and `able` the groups that have some.
    """
    message = f"nothing tells how {gpus} accelerators spread over nodes"
    if nodegroup is None:
        remedy = "give gpus_per_worker, or a node group of an instance type with accelerators"
        return Unsizable("gpus", message, remedy)
    listed = ", ".join(types)
    return Unsizable(
        "nodegroup",
        f"no accelerators are known of node group {nodegroup!r}"
        f"{f', of {listed}' if types else ''}, and the job is to have {gpus}",
        f"set nodegroup to {' or '.join(able)}"
        if able
        else "choose an instance type with accelerators, or tell of it in instance_types",
        "DT404",
    )


def too_large(job: Job, gpus: int, per_worker: int, per_node: int, type: str) -> Unsizable:
    """Return what is wrong with workers that have more accelerators than a node."""
    if job.gpus_per_worker:
        return Unsizable(
            "gpus_per_worker",
            f"a worker of {per_worker} accelerators fits no {type}, which has {per_node}",
            f"set gpus_per_worker to {per_node} or less",
            "DT404",
        )
    return Unsizable(
        "workers",
        f"{gpus} accelerators on {job.workers} workers are {per_worker} each, and {type} has "
        f"{per_node}",
        f"set workers to {gpus // _even(gpus, per_node)}",
        "DT404",
    )


def uneven(job: Job, gpus: int, per_worker: int) -> Unsizable:
    """Return what is wrong with accelerators that do not fill workers of so many each."""
    if job.workers:
        fewest = gpus // _even(gpus, per_worker)
        # Where workers are as large as they are told to be, their number alone can change.
        fits = job.gpus_per_worker is None or fewest * per_worker == gpus
        return Unsizable(
            "gpus",
            f"{gpus} accelerators are not {job.workers} workers of {per_worker}",
            f"set gpus to {job.workers * per_worker}{f', or workers to {fewest}' if fits else ''}",
        )
    below = gpus // per_worker * per_worker
    fitting = [str(size) for size in (below, below + per_worker) if size]
    return Unsizable(
        "gpus",
        f"{gpus} accelerators do not fill workers of {per_worker}",
        f"set gpus to {' or '.join(fitting)}, or gpus_per_worker to {_even(gpus, per_worker)}",
    )


def _even(gpus: int, most: int) -> int:
    """Return the most accelerators, up to `most`, that a worker can have of so many in all."""
    return next(each for each in range(min(gpus, most, _MOST), 0, -1) if gpus % each == 0)
