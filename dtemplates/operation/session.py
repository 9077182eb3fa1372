"""Commands carried out for one cluster: in its folder, with its kubeconfig, and into its log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dtemplates.findings import printable
from dtemplates.operation.events import CommandStarted, Line
from dtemplates.operation.failures import Missing
from dtemplates.tools.processes import Completed, MissingProgram, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dtemplates.operation.events import Observer
    from dtemplates.planning.step import Command
    from dtemplates.tools.processes import Stream

# Seconds for a question to a tool; eksctl asks AWS several times for one.
_QUESTION = 120.0


class Session:
    """Runs commands in one folder and one environment, and tells observer and log of them."""

    def __init__(
        self,
        folder: Path,
        kubeconfig: str,
        observe: Observer,
        log: Callable[[str], None],
        environment: Mapping[str, str] | None = None,
        most: float | None = None,
    ) -> None:
        base = os.environ if environment is None else environment
        self.folder = folder
        self.observe = observe
        self.log = log
        self.environment = {**base, "KUBECONFIG": _expanded(kubeconfig, base)}
        # Whether anything differs is read from diff's own exit code.
        self.environment.pop("KUBECTL_EXTERNAL_DIFF", None)
        # The longest that a step may take, in place of its own timeout.
        self.most = most

    def timeout(self, own: float) -> float:
        """Return how long something may take, in seconds."""
        return own if self.most is None else min(own, self.most)

    def ask(self, command: Command) -> Completed:
        """Ask a tool what changes nothing, without showing it. Raises `Missing`."""
        answer = self._run(command, self.timeout(_QUESTION))
        self.log(f"? {command}: {_how(answer)}")
        if answer.code != 0 and answer.words:
            self.log(answer.words)
        return answer

    def do(self, command: Command, timeout: float) -> Completed:
        """Carry out a command, its output shown as it comes. Raises `Missing`."""
        self.observe(CommandStarted(command))
        self.log(f"+ {command}")
        answer = self._run(command, timeout, self._line)
        self.log(f"= {command}: {_how(answer)}")
        return answer

    def _run(
        self,
        command: Command,
        timeout: float,
        each_line: Callable[[Stream, str], None] | None = None,
    ) -> Completed:
        try:
            return run(
                command.argv,
                cwd=self.folder,
                environment=self.environment,
                timeout=timeout,
                each_line=each_line,
            )
        except MissingProgram as error:
            raise Missing(str(error)) from error

    def _line(self, stream: Stream, text: str) -> None:
        self.log(f"  {text}")
        self.observe(Line(printable(text)))


def _expanded(path: str, environment: Mapping[str, str]) -> str:
    """Return the path with the home that programs are told of, which need not be ours."""
    if path.startswith("~/") and (home := environment.get("HOME")):
        return f"{home}/{path[2:]}"
    return str(Path(path).expanduser())


def _how(answer: Completed) -> str:
    if answer.timed_out:
        return f"ended after {answer.seconds:.1f} s, which was too long"
    how = f"exit {answer.code}" if answer.code >= 0 else f"killed by signal {-answer.code}"
    return f"{how} after {answer.seconds:.1f} s"
