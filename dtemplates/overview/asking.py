"""The tools' answers that an overview is made from, asked for at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dtemplates.operation.absence import NO_CLUSTER, NO_KIND, NO_NODEGROUP, NO_STACK, said_in
from dtemplates.operation.answers import asked, items
from dtemplates.operation.failures import Failed
from dtemplates.operation.probing import another_cluster, endpoint_in, has_kubeconfig
from dtemplates.planning.step import command

if TYPE_CHECKING:
    from dtemplates.operation.session import Session
    from dtemplates.planning.plan import Plan
    from dtemplates.planning.step import Command

_NONE = (*NO_CLUSTER, *NO_NODEGROUP, *NO_STACK, *NO_KIND)
# What kubectl is not asked.
_OUTSIDE = ("cluster", "nodegroups", "fsx_stack")


@dataclass(frozen=True)
class Answer:
    """What a tool listed; `error` is why it could not, and what to do."""

    found: tuple[dict[str, Any], ...] = ()
    error: str = ""


def answers(plan: Plan, session: Session) -> dict[str, Answer]:
    """Return what each of the questions was answered, by its name."""
    questions = _questions(plan)
    answered: dict[str, Answer] = {}
    if not has_kubeconfig(session):
        # kubectl would ask whatever answers on this machine.
        unasked = Answer(error=f"there is no kubeconfig {plan.kubeconfig} yet")
        answered = {name: unasked for name in questions if name not in _OUTSIDE}
        questions = {name: questions[name] for name in questions if name in _OUTSIDE}
    with ThreadPoolExecutor(max_workers=len(questions)) as pool:
        found = pool.map(lambda one: _answer(one, session), questions.values())
        answered |= dict(zip(questions, found, strict=True))
    if not (answered["cluster"].error or answered["cluster"].found):
        # Nothing is left of what was in a cluster that is not there.
        return {name: _outside(name, answer) for name, answer in answered.items()}
    endpoint = endpoint_in(answered["cluster"].found)
    if server := another_cluster(plan, session, endpoint):
        remedy = "`dtemplates apply --only kubeconfig` writes it anew"
        other = Answer(error=f"{plan.kubeconfig} leads to {server}, another cluster; {remedy}")
        return {name: one if name in _OUTSIDE else other for name, one in answered.items()}
    return answered


def _outside(name: str, answer: Answer) -> Answer:
    return answer if name in _OUTSIDE else Answer()


def _questions(plan: Plan) -> dict[str, Command]:
    as_json = ("-o", "json")
    there = ("--namespace", plan.namespace, "--ignore-not-found", *as_json)
    outside = {step.name: step.done.command for step in plan if step.done and step.name in _OUTSIDE}
    return outside | {
        "nodes": command("kubectl", "get", "nodes", *as_json),
        "daemonsets": command(
            "kubectl", "get", "daemonsets", "--namespace", "kube-system", *as_json
        ),
        "volumes": command("kubectl", "get", "persistentvolumes", *as_json),
        "claims": command("kubectl", "get", "persistentvolumeclaims", *there),
        "operators": command(
            "kubectl", "get", "deployments", "--namespace", "mpi-operator", *as_json
        ),
        "jobs": command("kubectl", "get", "mpijobs.kubeflow.org", *there),
        "pods": command("kubectl", "get", "pods", *there),
    }


def _answer(question: Command, session: Session) -> Answer:
    try:
        found = asked(session, question)
        # CloudFormation's lists have names of their own.
        listed = found.get("Stacks", found) if isinstance(found, dict) else found
        return Answer(tuple(items(listed)))
    except Failed as failed:
        cause = failed.cause
        if said_in(" ".join(cause.words), _NONE):
            return Answer()
        said = cause.words[-1].strip() if cause.words else cause.message
        return Answer(error=f"{said}; {cause.remedy}" if cause.remedy else said)
