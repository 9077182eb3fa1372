"""Handing a call over to the real program."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from standins.program import Program, Stopped


def real(program: Program) -> str | None:
    path: str | None = program.settings[program.tool]
    return path


def feed(program: Program) -> None:
    """Give back the standard input that was read to record it."""
    if program.stdin is None:
        return
    path = program.folder / f"stdin.{os.getpid()}"
    path.write_text(program.stdin, "utf-8")
    file = os.open(path, os.O_RDONLY)
    path.unlink()
    os.dup2(file, 0)
    os.close(file)


def hand_over(program: Program, arguments: list[str]) -> None:
    path = real(program)
    if path is None:
        raise Stopped(f"stand-in: there is no real {program.tool} to run", 127)
    feed(program)
    sys.stdout.flush()
    if program.fault in ("die", "kill_during"):
        # Who has no half of its work to do is struck before it does any.
        program.half()
    if program.fault not in ("garbage_after", "kill_after"):
        replace(path, program.tool, arguments)
    code, output = captured(program, arguments)
    program.answer.append(output)
    if code:
        raise Stopped(code=code)


def replace(path: str, tool: str, arguments: list[str]) -> NoReturn:
    # The real one is to die of its signals by its own rules.
    os.execv(path, [tool, *arguments])  # noqa: S606


def captured(program: Program, arguments: list[str]) -> tuple[int, bytes]:
    """Run the real one to its end; what it says on standard error passes through."""
    import subprocess

    done = subprocess.run([str(real(program)), *arguments], stdout=subprocess.PIPE, timeout=50)
    return done.returncode, done.stdout
