"""Requests and limits that Kubernetes refuses (DT410, DT411, DT421)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import quantities
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import given_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part, Pod

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
    for pod, container, label in _containers(inventory):
        for name, limit, request in _pairs(container):
            if not _is_device(name):
                continue
            for part in (limit, request):
                amount = part.amount
                if amount is not None and amount.denominator != 1:
                    yield Breach(
                        part,
                        f"{label} asks for {part.value} of {name}, which cannot be divided",
                        "give a whole number",
                    )
            yield from _unlike(inventory, pod, name, limit, request, label)


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
    for pod, container, label in _containers(inventory):
        pairs = _pairs(container)
        huge = [one for one in pairs if one[0].startswith(_HUGEPAGES)]
        for name, limit, request in huge:
            size = name.removeprefix(_HUGEPAGES)
            for part in (limit, request):
                if part and _is_broken(part, size):
                    yield Breach(
                        part,
                        f"{part.value} of {name} are no whole pages",
                        f"give a multiple of {size}",
                    )
            yield from _unlike(inventory, pod, name, limit, request, label)
        if huge and not any(name in ("cpu", "memory") for name, *_ in pairs):
            name, limit, request = huge[0]
            yield Breach(
                limit if limit else request,
                f"{label} asks for {name} and for neither memory nor cpu",
                "request memory, or cpu, too",
                compared=tuple(container.at("resources", kind) for kind in ("requests", "limits")),
            )


def _unlike(
    inventory: Inventory, pod: Pod, name: str, limit: Part, request: Part, label: str
) -> Iterator[Breach]:
    """Yield a request that has no limit, or another one, of what cannot be promised twice."""
    if request and not limit:
        word = given_limit(inventory, pod, limit, name)
        yield Breach(
            request,
            f"{label} requests {request.value} of {name} without a limit",
            f"set {word} to {request.value}",
            compared=(limit,),
        )
    elif None not in (request.amount, limit.amount) and request.amount != limit.amount:
        yield Breach(
            request,
            f"{label} requests {request.value} of {name} and limits it to {limit.value}",
            f"set it to {limit.value}, or leave it out",
            compared=(limit,),
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
    for pod, container, label in _containers(inventory):
        for name, limit, request in _pairs(container):
            if _is_device(name) or name.startswith(_HUGEPAGES):
                continue
            asked, most = request.amount, limit.amount
            if asked is not None and most is not None and asked > most:
                word = given_limit(inventory, pod, limit, name)
                yield Breach(
                    request,
                    f"{label} requests {request.value} of {name}, and its limit is {limit.value}",
                    f"set it to {limit.value} or less, or {word} to {request.value}",
                    compared=(limit,),
                )


def _containers(inventory: Inventory) -> Iterator[tuple[Pod, Part, str]]:
    """Yield all containers, each with its pod and what messages call it."""
    for pod in inventory.pods:
        for container in pod.all_containers:
            if container.value_at("resources"):
                yield pod, container, f"container {container.name or '?'} of {pod.label}"


def _pairs(container: Part) -> list[tuple[str, Part, Part]]:
    """Return each resource that a container asks for, its limit and its request."""
    limits, requests = container.at("resources", "limits"), container.at("resources", "requests")
    return [
        (name, limits[name], requests[name])
        for name in dict.fromkeys((*limits.fields, *requests.fields))
        if isinstance(name, str)
    ]


def _is_device(name: str) -> bool:
    """Return whether it is an extended resource: of a domain that is not Kubernetes' own."""
    domain, slash, _ = name.partition("/")
    return bool(slash) and not domain.endswith("kubernetes.io")


def _is_broken(part: Part, size: str) -> bool:
    amount = part.amount
    try:
        page = quantities.parse(size)
    except ValueError:
        return False
    return amount is not None and page > 0 and amount % page != 0
