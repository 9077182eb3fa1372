"""Settings that steps make known, asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dtemplates.operation.answers import answered
from dtemplates.operation.failures import Cause, Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dtemplates.operation.session import Session
    from dtemplates.planning.step import Learned, Step


def learned(steps: Iterable[Step], session: Session) -> dict[str, str]:
    """Return the value of every setting that the steps make known. Raises `Failed`."""
    return {one.setting: _value(one, session) for step in steps for one in step.learns}


def _value(one: Learned, session: Session) -> str:
    value = answered(session, one.command).stdout.strip()
    # So the AWS CLI writes what is not there.
    if value in ("", "None"):
        message = f"nothing tells {one.setting}: it is not made yet"
        raise Failed(Cause(message, "apply the steps before this one first", one.command))
    return value
