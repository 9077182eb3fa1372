"""Steps that start jobs, and that apply what users' own templates add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.planning.kubernetes import applied
from dtemplates.planning.step import Wait
from dtemplates.settings.sizing import mpijob_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dtemplates.manifests import Manifest
    from dtemplates.planning.step import Keep, Step
    from dtemplates.settings.root import Settings


def job_steps(settings: Settings, files: Iterable[str]) -> Iterator[Step]:
    """Yield a step for each job among the manifests."""
    conditions = mpijob_version(settings.components["mpi_operator"]) != "v1alpha1"
    for file in files:
        name = file.removeprefix("jobs/").removesuffix(".yaml")
        yield applied(
            file,
            f"start the job {name}",
            group="jobs",
            waits=(Wait("mpijob", name, "running", settings.namespace, by_kubectl=conditions),),
            time="job",
            reading="job",
        )


def extra_steps(manifests: Iterable[Manifest]) -> Iterator[Step]:
    """Yield a step for each further manifest that kubectl takes."""
    for manifest in manifests:
        if for_kubectl(manifest):
            yield applied(
                manifest.file, f"apply {manifest.file}", group="extras", keep=_keep(manifest)
            )


# What goes with an object of this kind, and may be somebody's data.
_KEEP: dict[str, tuple[Keep, ...]] = {
    "Namespace": ("namespace", "fsx"),
    "PersistentVolume": ("fsx",),
    "PersistentVolumeClaim": ("fsx",),
}


def _keep(manifest: Manifest) -> tuple[Keep, ...]:
    kinds = [str(document.get("kind")) for document in manifest.documents]
    return tuple(dict.fromkeys(word for kind in kinds for word in _KEEP.get(kind, ())))


def for_kubectl(manifest: Manifest) -> bool:
    """Return whether all its documents are objects of Kubernetes."""
    return bool(manifest.documents) and all(
        isinstance(document, dict)
        and {"apiVersion", "kind"} <= document.keys()
        and not str(document["apiVersion"]).startswith("eksctl.io/")
        for document in manifest.documents
    )
