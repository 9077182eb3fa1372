"""Kueue: queues in which jobs wait until the cluster has room for all of their pods."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dtemplates.settings.types import Model, Name, NodeGroupName, Resources, Several

Priority = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]


class Kueue(Model):
    """Kueue, and queues that share out the node groups' resources."""

    cluster_queue: Name = Field(
        "cluster-queue", description="Name of the ClusterQueue, which has the node groups' quotas."
    )
    queues: Several[Name] = Field(
        (), description="LocalQueues beside those that jobs name.", examples=[["team-a", "team-b"]]
    )
    priorities: dict[Name, Priority] = Field(
        {},
        description="Classes that a job's priority names: the one of the highest value goes first.",
        examples=[{"high": 1000}],
    )
    quotas: dict[NodeGroupName, Resources] = Field(
        {},
        description="How much jobs may take of a node group at once, by its name and resource "
        "(default: what its instance type has, times its most nodes).",
        examples=[{"cpu": {"cpu": 64, "memory": "256Gi"}}],
    )
