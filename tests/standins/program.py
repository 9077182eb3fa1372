"""What each executable runs: it records the call, misbehaves where that is planned, and works."""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from standins import faults
from standins.world import World


class Stopped(Exception):
    """The tool ends here, with this exit code and these last words."""

    def __init__(self, words: str = "", code: int = 1) -> None:
        super().__init__(words)
        self.words = words
        self.code = code


class Program:
    def __init__(self, tool: str, folder: Path, arguments: list[str]) -> None:
        self.tool = tool
        self.folder = folder
        self.arguments = arguments
        self.state = folder / "state"
        self.world = World(self.state)
        self.settings: dict[str, Any] = json.loads((folder / "programs.json").read_text("utf-8"))
        self.classic = self.settings["stack"] == "classic"
        self.stdin: str | None = None
        self.fault: str | None = None
        self.answer: list[bytes] = []

    def say(self, text: str) -> None:
        """One line of the answer, which is printed when the work is done."""
        self.answer.append(f"{text}\n".encode())

    def log(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def packages(self) -> None:
        """Make this interpreter's own packages importable, which a fast start leaves out."""
        sys.path += [one for one in self.settings["packages"] if one not in sys.path]

    def read(self, file: str) -> str:
        if file == "-":
            return self.stdin or ""
        return Path(file).read_text("utf-8")

    def half(self) -> None:
        """Half of the work is done and written down."""
        if self.fault == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "kill_during":
            faults.kill_parent(self.settings["spared"])
            os._exit(137)

    def record(self) -> None:
        if reads_stdin(self.arguments):
            self.stdin = sys.stdin.buffer.read().decode("utf-8", "replace")
        call = {
            "tool": self.tool,
            "argv": self.arguments,
            "cwd": str(Path.cwd()),
            "kubeconfig": os.environ.get("KUBECONFIG"),
            "pid": os.getpid(),
            "parent": os.getppid(),
            "stdin": self.stdin,
            "time": time.time(),
        }
        line = f"{json.dumps(call)}\n".encode()
        file = os.open(self.state / "calls.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(file, line)
        os.close(file)

    def misbehave(self) -> None:
        """Whatever happens before the work, and mostly in its place."""
        if self.fault in ("fail", "unreachable", "no_credentials"):
            wording = importlib.import_module("standins.wording")
            text, code = wording.error(self.tool, self.fault, self.arguments, classic=self.classic)
            raise Stopped(text, code)
        if self.fault in ("hang", "stubborn"):
            faults.hang(self.state, stubborn=self.fault == "stubborn")
            raise Stopped(code=1)
        if self.fault == "garbage":
            self.answer = [faults.RUBBISH]
            raise Stopped(code=0)
        if self.fault == "kill_before":
            faults.kill_parent(self.settings["spared"])
            raise Stopped(code=137)
        if self.fault == "slow":
            for step in (1, 2, 3):
                self.log(f"{self.tool}: step {step} of 3")
                time.sleep(0.1)

    def run(self) -> int:
        # Unlike Python, the real tools die of the signal itself.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.record()
        self.fault = faults.take(self.state, self.tool, self.arguments)
        try:
            self.misbehave()
            module = importlib.import_module(f"standins.{self.settings['modules'][self.tool]}")
            module.run(self)
            code = 0
        except Stopped as end:
            code = end.code
            if end.words:
                self.log(end.words)
        # Who only answers has no half: it is struck before it says anything.
        self.half()
        if self.fault == "garbage_after":
            self.answer, code = [faults.RUBBISH], 0
        self.print()
        if self.fault == "kill_after":
            faults.kill_parent(self.settings["spared"])
        return code

    def print(self) -> None:
        try:
            for one in self.answer:
                sys.stdout.buffer.write(one)
            sys.stdout.flush()
        except BrokenPipeError:
            os._exit(141)


def reads_stdin(arguments: list[str]) -> bool:
    flags = ("-f", "--filename", "--config-file", "--template-file", "--values")
    # What follows "--" is a command for a container.
    if "--" in arguments:
        arguments = arguments[: arguments.index("--")]
    pairs = [*zip(arguments, [*arguments[1:], ""], strict=True)]
    return any(one in flags and other == "-" for one, other in pairs) or any(
        one == "-f-" or one in [f"{flag}=-" for flag in flags] for one in arguments
    )


def main(tool: str, folder: str) -> NoReturn:
    sys.exit(Program(tool, Path(folder), sys.argv[1:]).run())
