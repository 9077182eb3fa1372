"""A plan as text to read, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dtemplates.planning.plan import Plan
    from dtemplates.planning.step import Command, Step


def as_text(plan: Plan) -> str:
    """Return the plan as a person reads it, each step with its commands."""
    return "".join(f"{line}\n" for line in _lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    steps = "1 step" if len(plan) == 1 else f"{len(plan)} steps"
    yield f"{steps} for cluster {plan.cluster} in {plan.region}, stack {plan.stack}"
    yield f"in the folder of the rendered manifests, with KUBECONFIG={plan.kubeconfig}"
    for number, step in enumerate(plan, 1):
        yield ""
        yield f"{number:2}. {step.name} ({step.group}): {step.what}"
        for word, text in _facts(step, plan):
            yield f"    {word:8} {text}"
    if plan.unused:
        yield ""
        yield f"no step takes: {', '.join(plan.unused)}"


def _facts(step: Step, plan: Plan) -> Iterator[tuple[str, str]]:
    if step.done:
        yield "done if", f"{step.done.means}: {step.done.command}"
    for file in step.files:
        if file in plan.later:
            names = ", ".join(plan.stand_ins)
            yield "needs", f"{file}, for which earlier steps make known: {names}"
    if step.command:
        yield "run", str(step.command)
    if step.update and step.update != step.command:
        yield "update", f"{step.update}, where it is there and differs"
    if step.repair:
        yield "repair", f"{_joined(step.repair)}, where an earlier try has failed"
    for wait in step.waits:
        yield "wait", f"until {wait}, at most {step.timeout} s"
    if step.check:
        yield "check", f"{step.check_means}: {step.check}"
    for one in step.learns:
        yield "learn", f"{one.setting}: {one.command}"
    if step.undo:
        only = f" (only with {_include(step)})" if step.keep else ""
        yield "undo", _joined(step.undo) + only
    if step.guard:
        yield "unless", f"this prints anything: {step.guard}"


def _joined(commands: tuple[Command, ...]) -> str:
    return " && ".join(map(str, commands))


def _include(step: Step) -> str:
    return f"--include {','.join(step.keep)}"


def as_json(plan: Plan) -> str:
    """Return the plan as JSON: one object, the steps in their order."""
    return json.dumps(as_plain(plan), indent=2) + "\n"


def as_plain(plan: Plan) -> dict[str, Any]:
    """Return the plan as plain values, to be written as JSON."""
    return {
        "cluster": plan.cluster,
        "region": plan.region,
        "stack": plan.stack,
        "kubeconfig": plan.kubeconfig,
        "unused": list(plan.unused),
        "steps": [_step(step, plan) for step in plan],
    }


def _step(step: Step, plan: Plan) -> dict[str, Any]:
    done = step.done
    return {
        "name": step.name,
        "group": step.group,
        "what": step.what,
        "files": list(step.files),
        "later_files": [file for file in step.files if file in plan.later],
        "done": {"means": done.means, "command": list(done.command.argv)} if done else None,
        "command": _argv(step.command),
        "waits": [
            {
                "until": str(wait),
                "command": list(wait.command(step.timeout).argv) if wait.by_kubectl else None,
            }
            for wait in step.waits
        ],
        "check": {"means": step.check_means, "command": _argv(step.check)} if step.check else None,
        "learns": [
            {"setting": one.setting, "command": list(one.command.argv)} for one in step.learns
        ],
        "undo": [list(one.argv) for one in step.undo],
        "update": _argv(step.update),
        "repair": [list(one.argv) for one in step.repair],
        "undo_unless_this_prints": _argv(step.guard),
        "undo_only_with": _include(step) if step.undo and step.keep else None,
        "usual_seconds": step.usual,
        "timeout_seconds": step.timeout,
    }


def _argv(command: Command | None) -> list[str] | None:
    return list(command.argv) if command else None
