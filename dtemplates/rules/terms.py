"""How remedies call what is to be changed: as the manifest does, or as settings that made it do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.inventory.nodegroups import EFA
from dtemplates.patches import matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dtemplates.inventory import Inventory, Part, Pod
    from dtemplates.settings.jobs import Job
    from dtemplates.settings.patches import Patch

# What it is, as manifests call it and as settings do; `{}` is a node group's name, or a resource.
_TERMS = {
    "np": ("-np", "mpirun.np"),
    "slots": ("slotsPerWorker", "slots_per_worker"),
    "workers": ("replicas", "workers"),
    "accelerators": ("its limit", "gpus_per_worker"),
    "efa": (f"the limit of {EFA}", "efa_per_worker"),
    "most nodes": ("maxSize of {}", "nodegroups.{}.max_size"),
    "efa of nodes": ("efaEnabled of node group {}", "nodegroups.{}.efa"),
    "type of nodes": ("instanceType of node group {}", "nodegroups.{}.instance_type"),
}
_OF_MANIFESTS = {key: words[0] for key, words in _TERMS.items()}
_OF_SETTINGS = {key: words[1] for key, words in _TERMS.items()}


def terms(inventory: Inventory, part: Part) -> Mapping[str, str]:
    """Return what to call things for whoever is to change this value."""
    return _OF_SETTINGS if of_settings(inventory, part) else _OF_MANIFESTS


def of_settings(inventory: Inventory, part: Part) -> bool:
    """Return whether settings proper made the value: no patch, and no template of the user's."""
    settings, document = inventory.settings, part.document
    return (
        settings is not None
        and not document.manifest.own
        and not any(
            matches(patch.target, document.file, document.value) and _touches(patch, part)
            for patch in settings.patches
        )
    )


def job_of(inventory: Inventory, pod: Pod) -> Job | None:
    """Return the settings of the job that a pod is of; None where there are none."""
    if inventory.settings is None or pod.kind != "MPIJob":
        return None
    return next((job for job in inventory.settings.jobs if job.name == pod.owner.name), None)


def limit_of(inventory: Inventory, pod: Pod, part: Part, resource: str) -> str:
    """Return what sets how much of a resource a pod gets: its limit, or the job's own setting."""
    words, job = terms(inventory, part), job_of(inventory, pod)
    told = job.launcher.limits if job and pod.role == "Launcher" else job.limits if job else {}
    if resource in told:
        return given_limit(inventory, pod, part, resource)
    return words["efa" if resource == EFA else "accelerators"]


def given_limit(inventory: Inventory, pod: Pod, part: Part, resource: str) -> str:
    """Return what gives a limit by itself."""
    if not of_settings(inventory, part):
        return f"the limit of {resource}"
    return f"{resource} of {'launcher.' if pod.role == 'Launcher' else ''}limits"


def several(number: int, noun: str) -> str:
    """Return a number with its noun: `1 worker`, `2 workers`, `2 processes`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


def _touches(patch: Patch, part: Part) -> bool:
    """Return whether a patch has made the value, or what it is in, or a part of it."""
    if patch.merge is None:
        pointer = "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in part.path)
        # What is put at the end of a list changes the list.
        paths = [f"{one.path.removesuffix('/-')}/" for one in patch.json6902 or ()]
        return any(
            f"{pointer}/".startswith(path) or path.startswith(f"{pointer}/") for path in paths
        )
    value = patch.merge
    for key in part.path:
        if not isinstance(value, dict):
            return True
        if key not in value:
            return False
        value = value[key]
    return True
