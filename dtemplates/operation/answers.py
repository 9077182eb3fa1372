"""Answers of tools, as values: JSON among whatever else they print."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dtemplates.operation.failures import Cause, Failed, of_answer

if TYPE_CHECKING:
    from dtemplates.operation.session import Session
    from dtemplates.planning.step import Command
    from dtemplates.tools.processes import Completed


def json_in(text: str) -> Any:
    """Return the JSON value in a text; old tools print lines of log before it.

    Raises `ValueError` where there is none.
    """
    try:
        return json.loads(text)
    except ValueError:
        pass
    start = 0
    decoder = json.JSONDecoder()
    for line in text.splitlines(keepends=True):
        # A log's line begins with "[", too: "[ℹ]  using region".
        if line[:1] in ("[", "{") or line.strip() == "null":
            try:
                return decoder.raw_decode(text, start)[0]
            except ValueError:
                pass
        start += len(line)
    raise ValueError("no JSON in it")


def parsed(command: Command, answer: Completed) -> Any:
    """Return the JSON that a command printed. Raises `Failed` where that is none."""
    try:
        return json_in(answer.stdout)
    except ValueError:
        shown = answer.stdout.strip().splitlines()[:3]
        raise Failed(
            Cause(
                f"{command.program} gave an answer that is no JSON",
                f"try `{command}` yourself",
                command,
                answer.code,
                tuple(line[:200] for line in shown),
            )
        ) from None


def answered(session: Session, command: Command) -> Completed:
    """Return a tool's answer to a question. Raises `Failed` where it has none."""
    return well(command, session.ask(command))


def well(command: Command, answer: Completed) -> Completed:
    """Return the answer of a command that ended well. Raises `Failed` for all others."""
    if answer.code != 0 or answer.timed_out:
        raise Failed(of_answer(command, answer, answer.seconds))
    return answer


def content(command: Command, answer: Completed) -> Any:
    """Return the JSON of an answer; None where it is empty. Raises `Failed`."""
    return parsed(command, answer) if well(command, answer).stdout.strip() else None


def asked(session: Session, command: Command) -> Any:
    """Return the JSON with which a tool answers; None for an empty answer. Raises `Failed`."""
    return content(command, session.ask(command))


def mapping(value: Any) -> dict[str, Any]:
    """Return the value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """Return the mappings in a list, or in the `items` of a Kubernetes list."""
    listed = value.get("items") if isinstance(value, dict) else value
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
