"""What templates see: the settings' own words, and beside them all that follows from them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from dtemplates.context.cluster import cluster_context
from dtemplates.context.fsx import fsx_context
from dtemplates.context.jobs import job_context
from dtemplates.context.kueue import kueue_context
from dtemplates.context.nodegroups import device_plugins, nodegroup_context, tolerations

__all__ = ["context", "job_context"]

if TYPE_CHECKING:
    from dtemplates.settings.root import Settings

Context = dict[str, Any]


def context(settings: Settings) -> Context:
    """Return the context of every template: JSON values only, nothing that can be called.

    Jobs are left out; `job_context` makes one's, of which there may be thousands.
    """
    plain = settings.model_dump(
        mode="json", exclude={"jobs", "patches", "instance_types", "prices"}
    )
    groups = [nodegroup_context(group, settings) for group in settings.nodegroups]
    any_node = tolerations(settings.nodegroups, everywhere=True)
    fsx = fsx_context(settings.fsx, settings) if settings.fsx else None
    return {
        **plain,
        "versions": settings.components,
        "cluster": cluster_context(settings),
        "nodegroups": groups,
        "managed": [group for group in groups if group["managed"]],
        "self_managed": [group for group in groups if not group["managed"]],
        **device_plugins(settings),
        "fsx": fsx,
        "attach_pvc": plain["attach_pvc"] and fsx and _attach(plain["attach_pvc"], fsx),
        "tensorboard": plain["tensorboard"] and fsx and _tensorboard(plain["tensorboard"], fsx),
        "tolerations": any_node,
        "kueue": kueue_context(settings.kueue, settings) if settings.kueue else None,
    }


def _attach(pod: Context, fsx: Context) -> Context:
    # The tutorial's loop wrote to /data, which nothing is mounted at.
    out = shlex.quote(f"{fsx['mount_path'].rstrip('/')}/out.txt")
    return pod | {"script": f"while true; do echo $(date -u) >> {out}; sleep 3600; done"}


def _tensorboard(pod: Context, fsx: Context) -> Context:
    return pod | {"log_dir": pod["log_dir"] or fsx["mount_path"]}
