"""Steps that install the MPI operator, and Tiller where Helm 2 needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.planning.kubernetes import applied, image_of, released, rolled_out
from dtemplates.planning.step import Probe, Step, Wait, command
from dtemplates.planning.timings import times
from dtemplates.stacks import release

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dtemplates.settings.root import Settings

CHART = "helm/mpijob/"
TILLER_FILE = "tiller_rbac_config.yaml"
_CRD = "mpijobs.kubeflow.org"
# The release's own manifest (kubeflow/mpi-operator, README of v0.8.0).
_MANIFEST = (
    "https://raw.githubusercontent.com/kubeflow/mpi-operator/"
    "v{version}/deploy/v2beta1/mpi-operator.yaml"
)
# Deleting the operator deletes the kind, and with it every MPIJob there is.
_JOBS = command(
    *("kubectl", "get", _CRD, "--all-namespaces", "--ignore-not-found"),
    *("-o", "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}"),
)
_WAITS = (
    Wait("crd", _CRD, "established"),
    rolled_out("deployment", "mpi-operator", "mpi-operator"),
)


def operator_steps(settings: Settings, files: Collection[str]) -> Iterator[Step]:
    """Yield the steps up to an MPI operator that accepts jobs."""
    helm = release(settings.components["helm"])
    if TILLER_FILE in files:
        yield applied(TILLER_FILE, "let Tiller into the cluster", group="operator")
        yield Step(
            name="tiller",
            group="operator",
            what="install Tiller, Helm 2's server",
            done=image_of("deployment", "tiller-deploy", "kube-system"),
            command=command("helm", "init", "--service-account", "tiller", "--history-max", "200"),
            waits=(rolled_out("deployment", "tiller-deploy", "kube-system"),),
            undo=(command("helm", "reset"),),
            **times("tiller"),
        )
    version = settings.components["mpi_operator"]
    if chart := tuple(file for file in files if file.startswith(CHART)):
        yield _chart(chart, helm=helm)
    elif settings.jobs:
        yield _manifest(version)


def _chart(files: tuple[str, ...], *, helm: tuple[int, ...]) -> Step:
    """Return the step that installs the operator as a chart; Helm 2 names releases its own way."""
    if helm < (3,):
        status = command("helm", "status", "mpijob", "--output", "json")
        install = command("helm", "install", "--name", "mpijob", CHART)
        update = command("helm", "upgrade", "mpijob", CHART)
        remove = command("helm", "delete", "--purge", "mpijob")
    else:
        status = command("helm", "status", "mpijob", "-o", "json")
        install = update = command("helm", "upgrade", "--install", "mpijob", CHART)
        remove = command("helm", "uninstall", "mpijob")
    return Step(
        name="mpi_operator",
        group="operator",
        what="install the MPI operator as a Helm chart",
        files=files,
        done=Probe(status, "release", "the release is deployed", (CHART,)),
        command=install,
        update=update,
        repair=(remove,),
        waits=_WAITS,
        undo=(remove,),
        guard=_JOBS,
        **times("mpi_operator"),
    )


def _manifest(version: str) -> Step:
    return released(
        "mpi_operator",
        f"install the MPI operator {version}",
        _MANIFEST.format(version=version),
        group="operator",
        done=image_of(
            *("deployment", "mpi-operator", "mpi-operator"),
            images=(f"mpioperator/mpi-operator:{version}",),
        ),
        waits=_WAITS,
        guard=_JOBS,
    )
