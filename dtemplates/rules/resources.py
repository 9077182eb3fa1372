"""Requests and limits that Kubernetes refuses (DT410, DT411, DT421)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates import quantities
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import given_limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.inventory import Inventory, Part, Pod
    from dtemplates.inventory.containers import Container

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
    for pod, container, name in _resources(inventory):
        if _is_device(name):
            for part in _pair(container, name):
                amount = part.amount
                if amount is not None and amount.denominator != 1:
                    yield Breach(
                        part,
                        f"{_label(pod, container)} asks for {part.value} of {name}, which cannot "
                        "be divided",
                        "give a whole number",
                    )
            yield from _unlike(inventory, pod, container, name)


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
    for pod, container, name in _resources(inventory):
        if not name.startswith(_HUGEPAGES):
            continue
        size = name.removeprefix(_HUGEPAGES)
        for part in _pair(container, name):
            if part and _is_broken(part, size):
                yield Breach(
                    part,
                    f"{part.value} of {name} are no whole pages",
                    f"give a multiple of {size}",
                )
        yield from _unlike(inventory, pod, container, name)
        names = container.resources
        huge = [one for one in names if one.startswith(_HUGEPAGES)]
        if name == huge[-1] and not {"cpu", "memory"} & names.keys():
            limit, request = _pair(container, huge[0])
            yield Breach(
                limit if limit else request,
                f"{_label(pod, container)} asks for {huge[0]} and for neither memory nor cpu",
                "request memory, or cpu, too",
                compared=tuple(container.at("resources", kind) for kind in ("requests", "limits")),
            )


def _unlike(inventory: Inventory, pod: Pod, container: Container, name: str) -> Iterator[Breach]:
    """Yield a request that has no limit, or another one, of what cannot be promised twice."""
    if container.requests.get(name) is None:
        return
    limit, request = _pair(container, name)
    if not limit:
        word = given_limit(inventory, pod, limit, name)
        yield Breach(
            request,
            f"{_label(pod, container)} requests {request.value} of {name} without a limit",
            f"set {word} to {request.value}",
            compared=(limit,),
        )
    elif None not in (request.amount, limit.amount) and request.amount != limit.amount:
        yield Breach(
            request,
            f"{_label(pod, container)} requests {request.value} of {name} and limits it to "
            f"{limit.value}",
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
    for pod, container, name in _resources(inventory):
        if name not in container.limits or name not in container.requests:
            continue
        if _is_device(name) or name.startswith(_HUGEPAGES):
            continue
        limit, request = _pair(container, name)
        asked, most = request.amount, limit.amount
        if asked is not None and most is not None and asked > most:
            word = given_limit(inventory, pod, limit, name)
            yield Breach(
                request,
                f"{_label(pod, container)} requests {request.value} of {name}, and its limit is "
                f"{limit.value}",
                f"set it to {limit.value} or less, or {word} to {request.value}",
                compared=(limit,),
            )


def _resources(inventory: Inventory) -> Iterator[tuple[Pod, Container, str]]:
    """Yield each resource that a container asks for."""
    for pod in inventory.pods:
        for container in pod.all_containers:
            for name in container.resources:
                yield pod, container, name


def _pair(container: Container, name: str) -> tuple[Part, Part]:
    """Return a container's limit and its request of a resource."""
    return container.at("resources", "limits", name), container.at("resources", "requests", name)


def _label(pod: Pod, container: Container) -> str:
    """Return what messages call a container."""
    return f"container {container.name or '?'} of {pod.label}"


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
