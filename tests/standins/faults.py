"""Planned misbehaviour: which call it strikes, and what happens then."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from standins.world import locked, write

KINDS = (
    "fail",
    "unreachable",
    "no_credentials",
    "rollback",
    "hang",
    "stubborn",
    "garbage",
    "garbage_after",
    "die",
    "kill_before",
    "kill_during",
    "kill_after",
    "slow",
)
RUBBISH = b'\x00\xff\xfe\x80{"\xc3\x28": \xf0\x28\x8c\xbc, \x1b[31m]\x00\n\xa0\xa1'
LONGEST = 60.0


def fits(plan: dict[str, Any], tool: str, arguments: list[str]) -> bool:
    """Whether the words stand among the arguments in their order; a file may go by its name."""
    rest = iter(arguments)
    return plan["tool"] == tool and all(
        any(one == word or one.endswith(f"/{word}") for one in rest) for word in plan["words"]
    )


def plan(state: Path, **entry: Any) -> None:
    with locked(state):
        path = state / "faults.json"
        plans = json.loads(path.read_text("utf-8")) if path.exists() else []
        write(path, json.dumps([*plans, entry]))


def take(state: Path, tool: str, arguments: list[str]) -> str | None:
    path = state / "faults.json"
    if not path.exists():
        return None
    with locked(state):
        plans = json.loads(path.read_text("utf-8"))
        for one in plans:
            if one["times"] > 0 and fits(one, tool, arguments):
                if one["after"] > 0:
                    one["after"] -= 1
                    continue
                one["times"] -= 1
                write(path, json.dumps(plans))
                return str(one["kind"])
        write(path, json.dumps(plans))
    return None


def hang(state: Path, *, stubborn: bool) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN if stubborn else signal.SIG_DFL)
    mark = state / "hanging" / str(os.getpid())
    write(mark, "")
    end = time.monotonic() + LONGEST
    # Taking the mark away ends even a stubborn one.
    while mark.exists() and time.monotonic() < end:
        time.sleep(0.02)
    mark.unlink(missing_ok=True)


def kill_parent(spared: int) -> None:
    parent = os.getppid()
    # The tests themselves are nobody's to kill, nor is who adopts orphans.
    if parent in (1, spared):
        os.write(2, b"stand-in: its parent is the test run itself, which is not killed\n")
        os._exit(70)
    os.kill(parent, signal.SIGKILL)
