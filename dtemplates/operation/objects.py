"""What objects of Kubernetes say of themselves, however incomplete they are."""

from __future__ import annotations

from typing import Any

from dtemplates.operation.answers import items, mapping

Object = dict[str, Any]

NODEGROUP = "alpha.eksctl.io/nodegroup-name"
"""The label by which eksctl's nodes tell their group."""


def condition(found: Object, kind: str, field: str = "status") -> str:
    """Return a field of the condition of this type; empty where there is none."""
    for one in items(mapping(found.get("status")).get("conditions")):
        if one.get("type") == kind:
            return str(one.get(field) or "")
    return ""


def is_ready(found: Object) -> bool:
    """Return whether a node or a pod is ready."""
    return condition(found, "Ready") == "True"


def labels(found: Object) -> dict[str, Any]:
    """Return the labels of an object."""
    return mapping(mapping(found.get("metadata")).get("labels"))


def number(values: Object, name: str) -> int:
    """Return a count; 0 where it is not given."""
    value = values.get(name)
    return value if isinstance(value, int) else 0


def job_labels(job: Object) -> dict[str, str]:
    """Return the labels that the operator of this MPIJob's version gives its pods."""
    name = str(mapping(job.get("metadata")).get("name"))
    if str(job.get("apiVersion")).endswith("/v1alpha1"):
        return {"mpi_job_name": name}
    return {"training.kubeflow.org/job-name": name}
