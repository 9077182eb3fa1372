"""One step carried out: asked for, done where it is not, waited for, and seen to be there."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from dtemplates.operation.absence import NO_KIND, said
from dtemplates.operation.answers import well
from dtemplates.operation.events import Waiting
from dtemplates.operation.failures import Cause, Failed, of_answer
from dtemplates.operation.probing import probed
from dtemplates.operation.statuses import State
from dtemplates.operation.waiting import pauses, wait_for
from dtemplates.planning.step import command

if TYPE_CHECKING:
    from dtemplates.manifests import Manifests
    from dtemplates.operation.session import Session
    from dtemplates.planning.step import Command, Step
    from dtemplates.tools.processes import Completed


# Seconds that something unfinished is given to go on: whoever began it may still be at work.
_UNFINISHED = 5.0


def carry_out(step: Step, session: Session, manifests: Manifests) -> bool:
    """Do a step, and return whether there was anything to do. Raises `Failed`."""
    limit = session.timeout(step.timeout)
    changed = _changed(step, session, manifests, limit)
    deadline = time.monotonic() + limit
    for wait in step.waits:
        wait_for(wait, session, max(0.0, deadline - time.monotonic()))
    if step.check:
        _checked(step, step.check, session)
    return changed


def _changed(step: Step, session: Session, manifests: Manifests, limit: float) -> bool:
    """Bring about what the step is for, where it is not so already."""
    if step.command is None:
        return False
    before = _state(step, session, manifests, limit) if step.done else State("absent")
    if before.status == "done":
        return False
    if before.why:
        session.log(before.why)
    doing = step.command
    if before.status == "broken":
        _repair(step, before, session, limit)
    elif before.status == "changed":
        if step.update is None:
            raise Failed(Cause(before.why, _instead(step)))
        doing = step.update
    answer = _do(doing, session, limit)
    _confirmed(step, answer, session, manifests, limit)
    return True


def _instead(step: Step) -> str:
    """Return what to do with something that is never changed behind its owner's back."""
    if step.group == "jobs":
        return f"`dtemplates delete --only {step.name}`, and apply again"
    return f"it is left alone, since data may depend on it; if it may be changed: {step.command}"


def _state(step: Step, session: Session, manifests: Manifests, limit: float) -> State:
    """Return how the step stands, once nothing is under way any more."""
    assert step.done is not None
    begun = time.monotonic()
    deadline, given_up = begun + limit, begun + min(limit, _UNFINISHED)
    for _ in pauses():
        found = probed(step.done, session, manifests)
        if found.status != "busy":
            return found
        session.observe(Waiting(f"what is under way: {found.why}"))
        if found.repairable and time.monotonic() >= given_up:
            return replace(found, status="broken")
        if time.monotonic() >= deadline:
            message = f"{found.why} after {limit:.0f} s"
            raise Failed(Cause(message, "apply again later, it goes on here", step.done.command))
    raise AssertionError("pauses never end")


def _repair(step: Step, found: State, session: Session, limit: float) -> None:
    """Take away what a failed try has left, where nothing can be lost by it."""
    if not (found.repairable and step.repair):
        raise Failed(Cause(found.why, found.remedy, step.done.command if step.done else None))
    if names := guarded(step, session):
        raise Failed(
            Cause(
                f"{found.why}, and to make it anew would delete {names}",
                f"if that may be: {' && '.join(map(str, step.repair))}; then apply again",
            )
        )
    for one in step.repair:
        _do(one, session, limit)


def guarded(step: Step, session: Session) -> str:
    """Return the names of objects that would go with what the step has made. Raises `Failed`."""
    if step.guard is None:
        return ""
    answer = session.ask(step.guard)
    if answer.code != 0 and said(answer, NO_KIND):
        return ""
    return well(step.guard, answer).stdout.strip()


def _do(doing: Command, session: Session, limit: float) -> Completed:
    answer = session.do(doing, limit)
    if answer.code != 0 or answer.timed_out:
        raise Failed(of_answer(doing, answer, limit))
    return answer


# What kubectl says of each object that it has applied.
_APPLIED = ("created", "configured", "unchanged", "serverside-applied")


def _confirmed(
    step: Step, answer: Completed, session: Session, manifests: Manifests, limit: float
) -> None:
    """See that what a tool says it has done is there. Raises `Failed`."""
    if step.done is None:
        return
    if step.done.reading in ("applied", "job"):
        # Others may have changed what was applied, webhooks say; that it is there must be so.
        files = [word for file in step.files for word in ("-f", file)]
        question = command("kubectl", "get", *files, "-o", "name")
        objects = [one for each in manifests if each.file in step.files for one in each.documents]
        told = [line for line in answer.stdout.splitlines() if line.endswith(_APPLIED)]
        found = session.ask(question)
        there = found.code == 0 and len(told) >= len(objects)
        after = State("done" if there else "absent")
    else:
        question = step.done.command
        after = _state(step, session, manifests, limit)
    if after.status not in ("done", "changed"):
        why = f" ({after.why})" if after.why else ""
        message = f"{step.command} ended well, but it is not so that {step.done.means}{why}"
        raise Failed(Cause(message, after.remedy or "apply again", question))


def _checked(step: Step, check: Command, session: Session) -> None:
    answer = session.ask(check)
    try:
        well(check, answer)
    except Failed as failed:
        message = f"it is not so that {step.check_means}: {failed.cause.message}"
        raise Failed(replace(failed.cause, message=message)) from failed
