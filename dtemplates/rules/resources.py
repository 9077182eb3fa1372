"""Requests and limits that Kubernetes refuses (DT410, DT411, DT421)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import quantities
from dtemplates.rules.rule import Breach, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part

_HUGEPAGES = "hugepages-"


@rule(
    "DT410",
    "error",
    symptom="kubectl, or the operator that makes the pods, says `Limit must be set for non "
    "overcommitable resources`, or that a request must equal its limit.",
    remedy="set the limit, and leave the request out: it follows from the limit",
    source="https://github.com/kubeflow/mpi-operator/issues/25",
)
def limits_of_devices(inventory: Inventory) -> Iterator[Breach]:
    """GPUs, EFA and other devices are whole numbers with a limit, and no other request."""
    for container, label in _containers(inventory):
        limits, requests = _both(container)
        for name in dict.fromkeys((*limits, *requests)):
            if not _is_device(name):
                continue
            limit, request = limits.get(name), requests.get(name)
            for part in (limit, request):
                amount = part.amount if part else None
                if part and amount is not None and amount.denominator != 1:
                    yield Breach(
                        part,
                        f"{label} asks for {part.value} of {name}, which cannot be divided",
                        "give a whole number",
                    )
            if request and limit is None:
                yield Breach(
                    request,
                    f"{label} requests {request.value} {name} without a limit",
                    f"set the limit of {name} to {request.value}",
                )
            elif request and limit and _differ(request, limit):
                yield Breach(
                    request,
                    f"{label} requests {request.value} {name} and limits it to {limit.value}",
                    f"set it to {limit.value}, or leave it out",
                    compared=(limit,),
                )


@rule(
    "DT411",
    "error",
    symptom="kubectl, or the operator that makes the pods, refuses the pod: `Forbidden: "
    "HugePages require cpu or memory`, or `must be a multiple of`.",
    remedy="limit huge pages to a multiple of their size, with memory or cpu beside them",
    source="https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/",
)
def huge_pages(inventory: Inventory) -> Iterator[Breach]:
    """Huge pages come in whole pages, with a limit, and with memory or cpu beside them."""
    for container, label in _containers(inventory):
        limits, requests = _both(container)
        huge = [name for name in dict.fromkeys((*limits, *requests)) if name.startswith(_HUGEPAGES)]
        for name in huge:
            limit, request = limits.get(name), requests.get(name)
            size = name.removeprefix(_HUGEPAGES)
            for part in (limit, request):
                if part and _is_broken(part, size):
                    yield Breach(
                        part,
                        f"{part.value} of {name} are no whole pages",
                        f"give a multiple of {size}",
                    )
            if request and limit is None:
                yield Breach(
                    request,
                    f"{label} requests {request.value} of {name} without a limit",
                    f"set the limit of {name} to {request.value}",
                )
            elif request and limit and _differ(request, limit):
                yield Breach(
                    request,
                    f"{label} requests {request.value} of {name} and limits it to {limit.value}",
                    f"set it to {limit.value}, or leave it out",
                    compared=(limit,),
                )
        if huge and not {"cpu", "memory"} & {*limits, *requests}:
            where = limits.get(huge[0]) or requests[huge[0]]
            yield Breach(
                where,
                f"{label} asks for {huge[0]} and for neither memory nor cpu",
                "request memory, or cpu, too",
            )


@rule(
    "DT421",
    "error",
    symptom="kubectl, or the operator that makes the pods, says `must be less than or equal to "
    "cpu limit`.",
    remedy="request no more than the limit",
    source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
)
def requests_within_limits(inventory: Inventory) -> Iterator[Breach]:
    """A container requests no more of anything than its limit."""
    for container, label in _containers(inventory):
        limits, requests = _both(container)
        for name, request in requests.items():
            limit = limits.get(name)
            if limit is None or _is_device(name) or name.startswith(_HUGEPAGES):
                continue
            asked, most = request.amount, limit.amount
            if asked is not None and most is not None and asked > most:
                yield Breach(
                    request,
                    f"{label} requests {request.value} of {name}, and its limit is {limit.value}",
                    f"set it to {limit.value} or less, or raise the limit",
                    compared=(limit,),
                )


def _containers(inventory: Inventory) -> Iterator[tuple[Part, str]]:
    """Yield all containers, each with what messages call it."""
    for pod in inventory.pods:
        for container in pod.all_containers:
            if container["resources"]:
                yield container, f"container {container.name or '?'} of {pod.label}"


def _both(container: Part) -> tuple[dict[str, Part], dict[str, Part]]:
    limits, requests = (
        {
            name: part
            for name, part in container.at("resources", kind).fields.items()
            if part and isinstance(name, str)
        }
        for kind in ("limits", "requests")
    )
    return limits, requests


def _is_device(name: str) -> bool:
    """Return whether it is an extended resource: of a domain that is not Kubernetes' own."""
    domain, slash, _ = name.partition("/")
    return bool(slash) and not domain.endswith("kubernetes.io")


def _differ(one: Part, other: Part) -> bool:
    amounts = (one.amount, other.amount)
    return None not in amounts and amounts[0] != amounts[1]


def _is_broken(part: Part, size: str) -> bool:
    amount = part.amount
    try:
        page = quantities.parse(size)
    except ValueError:
        return False
    return amount is not None and page > 0 and amount % page != 0
