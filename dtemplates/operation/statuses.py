"""How something stands, and what the words of EKS and CloudFormation for it mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dtemplates.operation.absence import NO_STACK, said
from dtemplates.operation.failures import Failed, of_answer

if TYPE_CHECKING:
    from dtemplates.planning.step import Command
    from dtemplates.tools.processes import Completed

Status = Literal["done", "absent", "changed", "busy", "broken"]


@dataclass(frozen=True)
class State:
    """How a step stands: done, not begun, done otherwise, under way, or failed half-way.

    `why` tells more in words; what is `repairable` can be taken away and made again.
    """

    status: Status
    why: str = ""
    remedy: str = ""
    repairable: bool = False


DONE, ABSENT = State("done"), State("absent")
HEALTHY = ("ACTIVE", "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATING", "UPDATE_ROLLBACK_COMPLETE")


def by_status(what: str, status: str, delete: str) -> State:
    """Return what a status of EKS's or CloudFormation's means; `delete` is what takes it away."""
    if status in HEALTHY:
        return DONE
    if status.endswith("FAILED") or "ROLLBACK" in status:
        remedy = f"look for the reason in CloudFormation's events, then `{delete}`, and apply again"
        return State("broken", f"{what} is {status}", remedy)
    if status == "DEGRADED":
        remedy = "EKS tells the reason: aws eks describe-nodegroup, under health"
        return State("broken", f"{what} is {status}", remedy)
    if status.startswith("DELET"):
        return State("broken", f"{what} is {status}", "wait until it is gone, then apply again")
    return State("busy", f"{what} is {status or 'without a status'}")


def state_of_stack(question: Command, answer: Completed) -> State:
    """Return how a stack stands whose status alone was asked for. Raises `Failed`."""
    status = answer.stdout.strip()
    if said(answer, NO_STACK) or status == "None":
        return ABSENT
    if answer.code != 0 or not status.isascii() or not status.replace("_", "").isalpha():
        raise Failed(of_answer(question, answer, answer.seconds))
    name = question.argv[question.argv.index("--stack-name") + 1]
    if status.endswith("_IN_PROGRESS"):
        return State("busy", f"stack {name} is {status}")
    remedy = (
        "look for the reason in CloudFormation's events, then `eksctl delete cluster`, "
        "and apply again"
    )
    return State("broken", f"stack {name} is {status}, and there is no cluster", remedy)
