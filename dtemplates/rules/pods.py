"""Pods that Kubernetes refuses, or whose containers lack something (DT412, DT422 to DT432)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import NVIDIA
from dtemplates.rules.accelerators import lacks_nodes
from dtemplates.rules.rule import Breach, rule
from dtemplates.rules.terms import of_settings
from dtemplates.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dtemplates.inventory import Inventory, Part, Pod

_SHM = "/dev/shm"  # noqa: S108 (a mount path)


@rule(
    "DT412",
    "warning",
    symptom="NCCL or the data loader dies with `No space left on device`, or of a bus error: "
    "/dev/shm of a container is 64 MiB.",
    remedy="mount an emptyDir with medium Memory at /dev/shm",
    source="https://github.com/NVIDIA/nccl/issues/290",
)
def shared_memory_for_gpus(inventory: Inventory) -> Iterator[Breach]:
    """A pod with several GPUs has memory mounted at /dev/shm."""
    for pod in inventory.pods:
        told = _gpus(pod)
        if told is None or told[1] < 2 or pod.spec.value_at("hostIPC") is True:
            continue
        # KubeRay mounts memory there by itself.
        if pod.kind.startswith("Ray"):
            continue
        part, gpus = told
        source = _mounted(pod, _SHM)
        if source is None and not lacks_nodes(inventory, pod):
            missing = pod.spec.at("volumes", len(pod.volumes), "emptyDir", "medium")
            # Settings have a word for it.
            word = pod.kind == "MPIJob" and of_settings(inventory, missing)
            yield Breach(
                missing if word else part,
                f"{pod.label} has {gpus} GPUs, and nothing mounted at {_SHM}",
                "set shm_size to 64Gi, say" if word else "",
                compared=(
                    part,
                    pod.spec["volumes"],
                    *(one["volumeMounts"] for one in pod.containers),
                ),
            )
        elif source and source["emptyDir"] and source.at("emptyDir", "medium").text != "Memory":
            yield Breach(
                source["emptyDir"],
                f"{_SHM} of {pod.label} with {gpus} GPUs is on the node's disk",
                "set its medium to Memory",
                compared=(part,),
            )


def _gpus(pod: Pod) -> tuple[Part, int] | None:
    """Return where a pod's GPUs are told, and how many they are."""
    asked = pod.accelerators
    if asked:
        return (asked[1], asked[2]) if asked[0] == NVIDIA else None
    return pod.all_gpus


def _mounted(pod: Pod, path: str) -> Part | None:
    """Return the volume that one of a pod's containers mounts at a path."""
    for container in pod.containers:
        for mount in container.mounts:
            if mount.text_at("mountPath").rstrip("/") == path:
                for volume in pod.volumes:
                    if volume.text_at("name") == mount.text_at("name"):
                        return volume
                return mount
    return None


@rule(
    "DT422",
    "error",
    symptom="kubectl, or the operator that makes the pods, refuses the pod: `volumeMounts[0].name: "
    "Not found`.",
    remedy="mount a volume that the pod has, or add the volume",
    source="https://kubernetes.io/docs/concepts/storage/volumes/",
)
def volumes_of_mounts(inventory: Inventory) -> Iterator[Breach]:
    """Containers mount volumes that their pod has."""
    for pod in inventory.pods:
        if not any(container.mounts for container in pod.all_containers):
            continue
        known = [volume.text_at("name") for volume in pod.volumes]
        if pod.owner.value_at("spec", "volumeClaimTemplates"):
            templates = pod.owner.at("spec", "volumeClaimTemplates").items
            known += [template.name for template in templates]
        for container in pod.all_containers:
            for mount in container.mounts:
                name = mount.text_at("name")
                if name and name not in known:
                    near = nearest(name, known)
                    yield Breach(
                        mount["name"],
                        f"{pod.label} has no volume {name}",
                        f"set it to {near}" if near else f"add a volume {name}",
                        compared=(pod.spec["volumes"],) if pod.spec["volumes"] else (),
                    )


@rule(
    "DT423",
    "error",
    symptom="kubectl, or the operator that makes the pods, refuses the pod: `mountPath: Invalid "
    "value: must be unique`.",
    remedy="mount each volume at a path of its own",
    source="https://kubernetes.io/docs/concepts/storage/volumes/",
)
def paths_of_mounts(inventory: Inventory) -> Iterator[Breach]:
    """A container mounts one volume at a path."""
    for pod in inventory.pods:
        for container in pod.all_containers:
            for second, first in _again(container.mounts, "mountPath"):
                yield Breach(
                    second,
                    f"container {container.name} of {pod.label} mounts two volumes at "
                    f"{second.text}",
                    compared=(first,),
                )


@rule(
    "DT428",
    "error",
    symptom="kubectl, or the operator that makes the pods, refuses the pod: `Duplicate value`.",
    remedy="give each its own name",
    source="https://kubernetes.io/docs/concepts/workloads/pods/",
)
def names_in_a_pod(inventory: Inventory) -> Iterator[Breach]:
    """Volumes and containers of a pod have each a name of its own."""
    for pod in inventory.pods:
        for what, items in (("volume", pod.volumes), ("container", pod.all_containers)):
            for second, first in _again(items, "name"):
                yield Breach(
                    second,
                    f"{pod.label} has two {what}s of the name {second.text}",
                    compared=(first,),
                )


@rule(
    "DT429",
    "warning",
    symptom="The last value counts, and the first is silently lost; server-side apply refuses it.",
    remedy="set the variable once",
    source="https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/",
)
def variables_set_once(inventory: Inventory) -> Iterator[Breach]:
    """A container sets an environment variable once."""
    for pod in inventory.pods:
        for container in pod.all_containers:
            for second, first in _again(container.env, "name"):
                yield Breach(
                    second,
                    f"container {container.name} of {pod.label} sets {second.text} a second time",
                    compared=(first,),
                )


@rule(
    "DT431",
    "error",
    symptom="kubectl, or the operator that makes the pods, refuses the pod: `image: Required "
    "value`.",
    remedy="give the container an image",
    source="https://kubernetes.io/docs/concepts/containers/images/",
)
def images_of_containers(inventory: Inventory) -> Iterator[Breach]:
    """Each container has an image."""
    for pod in inventory.pods:
        for container in pod.all_containers:
            if container.value_at("image") in (None, "") and container.fields:
                yield Breach(
                    container["image"],
                    f"container {container.name} of {pod.label} has no image",
                )


@rule(
    "DT432",
    "error",
    symptom="kubectl says `must be greater than or equal to 0`, or the operator refuses the job in "
    "an event.",
    remedy="set it to the number of pods that are wanted",
    source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas",
)
def numbers_of_pods(inventory: Inventory) -> Iterator[Breach]:
    """The number of a workload's pods is one that there can be."""
    for pod in inventory.pods:
        number = pod.copies.number
        if number is None:
            continue
        of_job = pod.kind == "MPIJob"
        if of_job and pod.role == "Launcher":
            if number != 1:
                yield Breach(pod.copies, f"{pod.label} is to be {number} pods", "set it to 1")
        elif number < of_job:
            yield Breach(
                pod.copies,
                f"{pod.label} is to be {number} pods",
                f"set it to {int(of_job)} or more",
            )


def _again(items: Sequence[Part], field: str) -> Iterator[tuple[Part, Part]]:
    """Yield the field of each item whose text an earlier item has, with the earlier one's."""
    if len(items) < 2:
        return
    seen: dict[str, Part] = {}
    for item in items:
        text = item.text_at(field)
        if text in seen:
            yield item[field], seen[text][field]
        elif text:
            seen[text] = item
