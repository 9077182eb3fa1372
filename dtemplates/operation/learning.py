"""Settings that steps make known, asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.operation.failures import Cause, Failed, missing, of_answer
from dtemplates.tools.processes import MissingProgram

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.operation.session import Session
    from dtemplates.planning.step import Learned, Step


def learned(steps: Iterable[Step], session: Session) -> dict[str, str]:
    """Return the value of every setting that the steps make known. Raises `Failed`."""
    return {one.setting: _value(one, session) for step in steps for one in step.learns}


def _value(one: Learned, session: Session) -> str:
    try:
        answer = session.ask(one.command)
    except MissingProgram as error:
        raise Failed(missing(str(error))) from error
    if answer.code != 0 or answer.timed_out:
        raise Failed(of_answer(one.command, answer, answer.seconds))
    value = answer.stdout.strip()
    # So the AWS CLI writes what is not there.
    if value in ("", "None"):
        message = f"nothing tells {one.setting}: it is not made yet"
        raise Failed(Cause(message, "apply the steps before this one first", one.command))
    return value
