"""How a step fails: what the tool said, what that means, and what became of the other steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dtemplates.errors import ToolError
from dtemplates.findings import Finding
from dtemplates.tools.processes import Completed
from dtemplates.tools.symptoms import remedy_for

if TYPE_CHECKING:
    from dtemplates.planning.step import Command, Step

# Of a tool's words the last lines tell what ended it; the log has all.
_LINES = 12


@dataclass(frozen=True)
class Cause:
    """Why a step is not done: what is wrong, what to do, and the command and words behind it."""

    message: str
    remedy: str = ""
    command: Command | None = None
    code: int | None = None
    words: tuple[str, ...] = ()


class Failed(Exception):
    """A step that cannot be done, for this cause."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.message)
        self.cause = cause


class Missing(Failed):
    """A program that is not on PATH."""

    def __init__(self, program: str) -> None:
        remedy = "`dtemplates doctor` tells where to get it"
        super().__init__(Cause(f"{program} is not on PATH", remedy))


class StepFailed(ToolError):
    """A step ended without being done; what came before it is done, the rest is not.

    `done` and `left` are names of steps, `log` is the file that tells all of the run.
    """

    def __init__(
        self,
        step: Step,
        cause: Cause,
        done: tuple[str, ...],
        left: tuple[str, ...],
        log: str,
        *,
        interrupted: bool = False,
    ) -> None:
        self.step, self.cause, self.done, self.left, self.log = step, cause, done, left, log
        self.interrupted = interrupted
        if interrupted:
            self.exit_code = 130
        super().__init__([Finding(cause.message, file=step.name, remedy=cause.remedy)])


def of_answer(command: Command, answer: Completed, limit: float) -> Cause:
    """Return the cause that a command's failure is; `limit` is the time it had, in seconds."""
    words = tuple(line.rstrip() for line in answer.words.splitlines() if line.strip())
    if answer.timed_out:
        message = f"{command.program} took longer than {limit:.0f} s, and was ended"
        remedy = remedy_for(answer.words) or "try again; --timeout gives it longer or shorter"
    elif answer.code < 0:
        message = f"{command.program} was killed by signal {-answer.code}"
        remedy = "try again"
    else:
        message = f"{command.program} failed with exit code {answer.code}"
        # What ended it is said last; an earlier warning may be about something else.
        remedy = remedy_for("\n".join(words[-_LINES:])) or remedy_for(answer.words)
    return Cause(message, remedy, command, answer.code, words[-_LINES:])
