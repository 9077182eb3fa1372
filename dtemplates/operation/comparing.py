"""`diff` and `apply --dry-run=server`: what the cluster has and would take; nothing is changed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from dtemplates.errors import ToolError
from dtemplates.findings import Finding
from dtemplates.operation.absence import NO_KIND, NO_NAMESPACE, said
from dtemplates.operation.applying import Options, ready
from dtemplates.operation.events import unseen
from dtemplates.operation.failures import Failed, of_answer
from dtemplates.operation.learning import learned
from dtemplates.operation.probing import probed, see_the_right_cluster
from dtemplates.operation.run_folder import RunFolder
from dtemplates.operation.session import Session
from dtemplates.operation.statuses import State
from dtemplates.planning.step import Command, command
from dtemplates.settings.learned import with_values
from dtemplates.stacks import is_first_eksctl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.planning.plan import Plan
    from dtemplates.planning.step import Step
    from dtemplates.settings.root import Settings

# What an earlier step makes, and is not there yet: how it is said, and what it means.
_NOT_YET = (
    (NO_KIND, "its kind is not installed yet"),
    (NO_NAMESPACE, "its namespace is not there yet"),
)


@dataclass(frozen=True)
class Compared:
    """What became of one step: `text` is a difference, or a tool's words."""

    step: str
    status: Literal["ok", "same", "different", "failed", "not checked"]
    text: str = ""

    @property
    def failed(self) -> bool:
        """Whether a tool refused it."""
        return self.status == "failed"

    def __str__(self) -> str:
        return f"{self.step}: {self.status}{f': {self.text}' if self.text else ''}"


def diff(settings: Settings, steps: Plan, options: Options) -> list[Compared]:
    """Return for each step that kubectl applies how the cluster differs from it.

    Raises `ToolError` where a program is missing.
    """
    ready(settings, ("kubectl", *_asking(steps)), options)
    with _looking(settings, steps, options) as (session, known, whole):
        see_the_right_cluster(whole, session)
        return [
            _compared(step, known, session)
            for step in known
            if step.done and step.done.reading in ("applied", "job")
        ]


def _asking(steps: Plan) -> list[str]:
    """Return the programs that tell what the steps' files wait for."""
    waits = any(_later(step, steps) for step in steps)
    return ["aws"] if waits else []


def _compared(step: Step, plan: Plan, session: Session) -> Compared:
    if waits := _later(step, plan):
        return Compared(step.name, "not checked", waits)
    assert step.done is not None
    answer = session.ask(step.done.command)
    if answer.code == 0:
        return Compared(step.name, "same")
    if answer.code == 1:
        return Compared(step.name, "different", answer.stdout)
    return _refused(step, step.done.command, session)


def dry_run(settings: Settings, steps: Plan, options: Options) -> list[Compared]:
    """Return for each step whether AWS or the cluster would take it; nothing is changed.

    Raises `ToolError` where a program is missing.
    """
    named = [name for step in steps for name in step.programs]
    asking = [] if options.kubeconfig else ["eksctl"]
    ready(settings, [*named, *asking, *_asking(steps)], options)
    first = is_first_eksctl(settings.components["eksctl"])
    with _looking(settings, steps, options) as (session, known, whole):
        there = _cluster_is_there(whole, session)
        if there.status == "done":
            see_the_right_cluster(whole, session)
        return [_tried(step, known, session, there=there, first=first) for step in known]


def _tried(step: Step, plan: Plan, session: Session, *, there: State, first: bool) -> Compared:
    if waits := _later(step, plan):
        return Compared(step.name, "not checked", waits)
    trial, why = _trial(step, there=there, first=first)
    if trial is None:
        return Compared(step.name, "not checked", why)
    return _refused(step, trial, session)


def _trial(step: Step, *, there: State, first: bool) -> tuple[Command | None, str]:
    """Return the command that tries a step, or why there is none."""
    exists = there.status == "done"
    doing = step.command
    if doing is None:
        return None, "it only asks"
    if doing.program == "eksctl":
        if first:
            return None, "eksctl 0.1 has no dry run"
        if step.name == "cluster":
            if exists:
                return None, "the cluster is there already"
            return command("eksctl", "create", "cluster", "-f", step.files[0], "--dry-run"), ""
        if step.name == "nodegroups" and exists:
            return command("eksctl", "create", "nodegroup", "-f", step.files[0], "--dry-run"), ""
        return None, "eksctl has no dry run of it" if exists else "there is no cluster yet"
    if doing.program == "aws":
        body = f"file://{step.files[0]}"
        region = doing.argv[doing.argv.index("--region") + 1]
        check = ("aws", "cloudformation", "validate-template", "--template-body", body)
        return command(*check, "--region", region), ""
    if not exists:
        return None, f"there is no cluster yet{f' ({there.why})' if there.why else ''}"
    if doing.program == "kubectl":
        return command(*doing.argv, "--dry-run=server"), ""
    return None, f"{doing.program} has no dry run of it"


def _refused(step: Step, trial: Command, session: Session) -> Compared:
    answer = session.ask(trial)
    if answer.code == 0 and not answer.timed_out:
        return Compared(step.name, "ok")
    for patterns, why in _NOT_YET:
        if said(answer, patterns):
            return Compared(step.name, "not checked", why)
    cause = of_answer(trial, answer, answer.seconds)
    remedy = f"; {cause.remedy}" if cause.remedy else ""
    return Compared(step.name, "failed", f"{' '.join(cause.words) or cause.message}{remedy}")


def _cluster_is_there(whole: Plan, session: Session) -> State:
    """Return the state of the cluster; a kubeconfig that the user names is asked itself."""
    first = whole[0]
    assert first.done is not None
    if not whole.uses_clusters_kubeconfig:
        reached = next(step.check for step in whole if step.name == "kubeconfig")
        assert reached is not None
        answer = session.ask(reached)
        if answer.code != 0:
            cause = of_answer(reached, answer, answer.seconds)
            said_last = cause.words[-1] if cause.words else cause.message
            raise ToolError([Finding(said_last, file=whole.kubeconfig, remedy=cause.remedy)])
        return State("done")
    try:
        return probed(first.done, session, whole.manifests)
    except Failed as failed:
        cause = failed.cause
        words = f": {cause.words[-1].strip()}" if cause.words else ""
        raise ToolError(
            [Finding(f"cannot be asked for{words}", file="cluster", remedy=cause.remedy)]
        ) from failed


def _later(step: Step, plan: Plan) -> str:
    later = [file for file in step.files if file in plan.later]
    return f"{later[0]} waits for what earlier steps make" if later else ""


@contextmanager
def _looking(
    settings: Settings, steps: Plan, options: Options
) -> Iterator[tuple[Session, Plan, Plan]]:
    """Yield a session over a folder of its own, the steps with all known by now, and all steps."""
    whole = options.plan(settings, checked=False)
    with TemporaryDirectory(prefix="dtemplates-") as name:
        folder = RunFolder(Path(name), "looking")
        folder.make()
        session = Session(
            folder.manifests,
            steps.kubeconfig,
            unseen,
            lambda text: None,
            options.environment,
            options.most,
        )
        known = _known(settings, steps, whole, options, session)
        folder.put(known.manifests)
        yield session, known, whole


def _known(
    settings: Settings, steps: Plan, whole: Plan, options: Options, session: Session
) -> Plan:
    """Return the same steps with what is made already filled in, as far as it can be learned."""
    if not any(_later(step, steps) for step in steps):
        return steps
    try:
        values = learned(whole, session)
    except Failed:
        return steps
    plan = options.plan(with_values(settings, values), checked=False)
    return plan.select([step.name for step in steps])
