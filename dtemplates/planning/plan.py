"""Settings in, plan out: the steps in the order of the tutorial, over the rendered manifests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, overload

from dtemplates.catalogue import entries
from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.planning import preview
from dtemplates.planning.cluster import cluster_steps
from dtemplates.planning.jobs import extra_steps, for_kubectl, job_steps
from dtemplates.planning.kubernetes import applied
from dtemplates.planning.operators import operator_steps
from dtemplates.planning.plugins import NVIDIA_FILE, plugin_steps
from dtemplates.planning.queues import queue_steps
from dtemplates.planning.step import GROUPS, Step
from dtemplates.planning.storage import STACK_FILE, storage_steps
from dtemplates.rendering import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.manifests import Manifest, Manifests
    from dtemplates.settings.root import Settings


@dataclass(frozen=True)
class Plan(Sequence[Step]):
    """The steps in their order, and the manifests that they use.

    `stand_ins` are the values that manifests have in place of settings that steps make known
    only; `unused` are manifests that no step takes, and `warnings` what rules say of them.
    """

    steps: tuple[Step, ...]
    manifests: Manifests
    cluster: str
    region: str
    stack: str
    kubeconfig: str
    namespace: str
    stand_ins: dict[str, str] = field(default_factory=dict)
    later: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def uses_clusters_kubeconfig(self) -> bool:
        """Whether the kubeconfig is the one that eksctl writes for the cluster."""
        return self.kubeconfig.startswith("~")

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        return self.steps[index]

    def __len__(self) -> int:
        return len(self.steps)

    def select(self, only: Sequence[str] = (), start: str | None = None) -> Plan:
        """Return the plan of the steps and groups that `only` names, from the step `start` on.

        Names may be patterns, such as `jobs/*`. Raises `InputError` for one that fits no step.
        """
        unfit = [name for name in only if not any(_fits(step, name) for step in self.steps)]
        begin = 0
        if start is not None:
            names = [step.name for step in self.steps]
            starts = [number for number, step in enumerate(self.steps) if _fits(step, start)]
            if not starts:
                unfit.append(start)
            begin = starts[0] if starts else len(names)
        if unfit:
            used = {step.group for step in self.steps}
            groups = [group for group in GROUPS if group in used]
            names = [*groups, *(step.name for step in self.steps)]
            remedy = f"there are: {', '.join(dict.fromkeys(names))}"
            raise InputError(
                Finding("is no step or group of this plan", file=name, remedy=remedy)
                for name in unfit
            )
        steps = self.steps[begin:]
        if only:
            steps = tuple(step for step in steps if any(_fits(step, name) for name in only))
        if not steps:
            message = f"none of {', '.join(only)} comes with or after this step"
            raise InputError([Finding(message, file=start or "", remedy="leave out --from")])
        return replace(self, steps=steps)


def _fits(step: Step, name: str) -> bool:
    return name == step.group or fnmatchcase(step.name, name.removesuffix(".yaml"))


def plan(
    settings: Settings,
    *,
    templates: str | Path | None = None,
    kubeconfig: str | Path | None = None,
) -> Plan:
    """Return the steps from these settings to their jobs; nothing is started.

    What AWS makes known only later has a stand-in of the same form in the manifests. `kubeconfig`
    is a file to use in place of the cluster's own, `~/.kube/eksctl/clusters/NAME`. Raises what
    `render` raises.
    """
    waits = {entry.file: entry.waits(settings) for entry in entries(settings)}
    names = dict.fromkeys(wait.setting for found in waits.values() for wait in found)
    values = preview.stand_ins(settings, names)
    seen = preview.filled(settings, values)
    manifests = render(seen, templates=templates)
    own = str(Path(kubeconfig).absolute()) if kubeconfig else None
    steps = tuple(_steps(settings, manifests, set(names), own))
    used = {file for step in steps for file in step.files}
    return Plan(
        steps=steps,
        manifests=manifests,
        cluster=settings.cluster.name,
        region=settings.cluster.region,
        stack=settings.stack,
        kubeconfig=own or f"~/.kube/eksctl/clusters/{settings.cluster.name}",
        namespace=settings.namespace,
        stand_ins=values,
        later=tuple(file for file, found in waits.items() if found),
        unused=tuple(one.file for one in manifests if one.file not in used),
    )


def _steps(
    settings: Settings, manifests: Manifests, waiting_for: set[str], kubeconfig: str | None
) -> Iterator[Step]:
    by_file = {one.file: one for one in manifests}
    ours = {entry.file for entry in entries(settings)}
    jobs = [f"jobs/{job.name}.yaml" for job in settings.jobs]
    yield from cluster_steps(settings, waiting_for, kubeconfig, own_nvidia=NVIDIA_FILE in by_file)
    yield from plugin_steps(by_file)
    if "namespace.yaml" in by_file:
        yield applied(
            "namespace.yaml",
            f"make the namespace {settings.namespace}",
            group="storage",
            # A claim in it goes with it, and a file system with the claim.
            keep=("namespace", "fsx") if settings.fsx and settings.fsx.dynamic else ("namespace",),
        )
    yield from storage_steps(settings, by_file, by_file.get(STACK_FILE))
    yield from operator_steps(settings, by_file)
    yield from queue_steps(settings, by_file)
    yield from extra_steps(_extras(manifests, {*ours, *jobs}))
    yield from job_steps(settings, (file for file in jobs if file in by_file))


def _extras(manifests: Manifests, known: set[str]) -> Iterator[Manifest]:
    """Yield what users' own templates add and kubectl takes."""
    return (one for one in manifests if one.file not in known and for_kubectl(one))
