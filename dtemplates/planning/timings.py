"""How long steps usually take and how long they may, in seconds.

Usual times: the tutorial's own (2019: "20+ minutes" for a cluster), FSx's documentation (5 to 10
minutes for a file system), and eksctl's default timeout of 25 minutes for each of its waits.
"""

from __future__ import annotations

from typing import TypedDict


class Times(TypedDict):
    """The fields of a step that say how long it takes, in seconds."""

    usual: int
    timeout: int


_MINUTE = 60

# step → usual, timeout
_TIMES = {
    "cluster": (18 * _MINUTE, 60 * _MINUTE),
    "nodegroups": (5 * _MINUTE, 45 * _MINUTE),
    "kubeconfig": (5, 15 * _MINUTE),
    "nvidia_device_plugin": (30, 10 * _MINUTE),
    "efa_device_plugin": (30, 10 * _MINUTE),
    "fsx_stack": (10 * _MINUTE, 60 * _MINUTE),
    "fsx_csi_driver": (30, 15 * _MINUTE),
    "pvc_fsx": (10, 5 * _MINUTE),
    "pvc_fsx dynamic": (10 * _MINUTE, 40 * _MINUTE),
    "attach_pvc": (_MINUTE, 15 * _MINUTE),
    "tensorboard": (2 * _MINUTE, 15 * _MINUTE),
    "tiller": (30, 10 * _MINUTE),
    "mpi_operator": (_MINUTE, 10 * _MINUTE),
    "kueue": (_MINUTE, 10 * _MINUTE),
    "job": (5 * _MINUTE, 40 * _MINUTE),
}
_REST = (5, 5 * _MINUTE)


def times(step: str) -> Times:
    """Return the `usual` time and the `timeout` of a step, in seconds."""
    usual, timeout = _TIMES.get(step, _REST)
    return {"usual": usual, "timeout": timeout}
