"""`delete`: steps taken back, the last first; file systems and clusters only where told to."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dtemplates.errors import InputError
from dtemplates.findings import Finding
from dtemplates.operation.absence import NO_KIND, NO_NODEGROUP, NO_RELEASE, said
from dtemplates.operation.answers import answered
from dtemplates.operation.applying import Options, carried_out, opened, ready
from dtemplates.operation.carrying_out import guarded
from dtemplates.operation.events import Line, Waiting
from dtemplates.operation.failures import Cause, Failed, of_answer
from dtemplates.operation.probing import probed, see_the_right_cluster
from dtemplates.operation.waiting import pauses

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from dtemplates.operation.session import Session
    from dtemplates.planning.plan import Plan
    from dtemplates.planning.step import Command, Keep, Step
    from dtemplates.settings.root import Settings

# Without the cluster nothing is left of what was in it.
_IN_CLUSTER = ("kubectl", "helm")
# program → how it says that what should be deleted is not there
_GONE = {"kubectl": NO_KIND, "helm": NO_RELEASE, "eksctl": NO_NODEGROUP}


@dataclass(frozen=True)
class Deleted:
    """What became of the steps: names of those taken back, of those that were not there."""

    deleted: tuple[str, ...]
    absent: tuple[str, ...]
    log: str


def deletable(whole: Plan, only: Sequence[str], include: Collection[Keep]) -> tuple[Step, ...]:
    """Return the steps that a deletion takes back, in its order: the last first.

    Raises `InputError` for a name that fits no step.
    """
    chosen = whole.select(only)
    return tuple(
        replace(step, what=f"take back what {step.name} made", usual=0)
        for step in reversed(chosen.steps)
        if step.undo and set(step.keep) <= set(include)
    )


def delete(
    settings: Settings,
    *,
    only: Sequence[str] = (),
    include: Collection[Keep] = (),
    options: Options | None = None,
) -> Deleted:
    """Take back the steps of the settings' plan, and return what there was to take back.

    The cluster, the file system and the namespace stay unless they are included. Raises as
    `apply`.
    """
    options = options or Options()
    whole = options.plan(settings, checked=False)
    steps = deletable(whole, only, include)
    _nothing_in_the_way(settings, steps, include)
    see_ready(settings, steps, options)
    with opened(settings, whole, "delete", options) as (session, folder, log):
        folder.put(whole.manifests)
        cluster = _Cluster(whole, session)
        if any(_is_inside(step) for step in steps) and cluster.is_there():
            see_the_right_cluster(whole, session)
        deleted, absent = carried_out(
            steps,
            session,
            lambda step: _taken_back(step, whole, session, cluster),
            log,
            idle="not there",
        )
    return Deleted(deleted, absent, log)


def see_ready(settings: Settings, steps: Sequence[Step], options: Options) -> None:
    """Return if all programs are there that take the steps back. Raises `ToolError`."""
    names = [one.program for step in steps for one in (*step.undo, *_guard(step))]
    # Whether the cluster is there, eksctl tells, unless a kubeconfig of one's own says which.
    ready(settings, names if options.kubeconfig else [*names, "eksctl"], options)


def _nothing_in_the_way(
    settings: Settings, steps: Sequence[Step], include: Collection[Keep]
) -> None:
    """Raise `InputError` where a file system stays in a network that goes with the cluster."""
    fsx = settings.fsx
    makes = fsx is not None and (fsx.dynamic is not None or fsx.create is not None)
    goes = any(step.name == "cluster" for step in steps)
    if makes and goes and settings.cluster.vpc.id is None and "fsx" not in include:
        raise InputError(
            [
                Finding(
                    "the file system is in the VPC that goes with the cluster, and would block it",
                    file="--include cluster",
                    remedy="include fsx, too: --include fsx,cluster",
                )
            ]
        )


def _guard(step: Step) -> tuple[Command, ...]:
    return (step.guard,) if step.guard else ()


class _Cluster:
    """Whether the cluster is there, asked once."""

    def __init__(self, whole: Plan, session: Session) -> None:
        self._whole, self._session = whole, session
        self._there: bool | None = None

    def is_there(self) -> bool:
        if not self._whole.uses_clusters_kubeconfig:
            return True
        if self._there is None:
            done = self._whole[0].done
            assert done is not None
            found = probed(done, self._session, self._whole.manifests)
            self._there = found.status != "absent"
        return self._there


def _is_inside(step: Step) -> bool:
    return step.undo[0].program in _IN_CLUSTER


def _taken_back(step: Step, whole: Plan, session: Session, cluster: _Cluster) -> bool:
    """Take a step back, and return whether there was anything. Raises `Failed`."""
    within = _is_inside(step) or step.name == "nodegroups"
    if within and not cluster.is_there():
        return False
    if step.done and step.done.reading not in ("applied", "job", "nodegroups"):
        found = probed(step.done, session, whole.manifests)
        if found.status == "absent":
            if found.why:
                # An image of another version is somebody else's, or chosen by other settings.
                session.observe(Line(f"left alone: it {found.why}"))
            return False
    if names := guarded(step, session):
        raise Failed(
            Cause(
                f"it would delete these too: {names}",
                "delete them first, by `dtemplates delete --only jobs` where they are ours",
            )
        )
    return _undone(step, session)


def _undone(step: Step, session: Session) -> bool:
    limit = session.timeout(step.timeout)
    changed = True
    for one in step.undo:
        answer = session.do(one, limit)
        if answer.code != 0 or answer.timed_out:
            if answer.code > 0 and said(answer, _GONE.get(one.program, ())):
                changed = False
                continue
            raise Failed(of_answer(one, answer, limit))
        if one.program == "kubectl":
            # It says nothing where there was nothing.
            changed = bool(answer.stdout.strip())
    if step.gone:
        _see_gone(step.gone, step.lingers, session, limit)
    return changed


def _see_gone(question: Command, name: str, session: Session, limit: float) -> None:
    """Return once a name is in the answer no more. Raises `Failed`."""
    deadline = time.monotonic() + limit
    for _ in pauses():
        if name not in answered(session, question).stdout.split():
            return
        session.observe(Waiting(f"the volume of {name} to be gone"))
        if time.monotonic() >= deadline:
            remedy = "see that the FSx CSI driver runs, which deletes it: `dtemplates status`"
            raise Failed(Cause(f"the volume of {name} is still there", remedy, question))
